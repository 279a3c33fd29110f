using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Cocoon.Host.Gateway;

/// <summary>Writes one answer to its caller, and keeps a copy where it may have to be given again.</summary>
internal sealed class AnswerWriter(HttpContext context, int longestCopy)
{
    /// <summary>The type of a stream of events.</summary>
    public const string EventStream = "text/event-stream";

    private const int PieceBytes = 16 << 10;
    private readonly ArrayBufferWriter<byte>? copy = longestCopy > 0 ? new ArrayBufferWriter<byte>() : null;
    private bool tooLong;
    private long unflushed;

    /// <summary>Whether a stream was begun: errors are events from then on.</summary>
    public bool StreamBegun { get; private set; }

    /// <summary>The answer as written; null when it was not kept.</summary>
    public KeptAnswer? ToKept()
    {
        if (copy is null || tooLong)
            return null;
        HttpResponse response = context.Response;
        (string, string)[] headers =
        [
            .. response.Headers
                .Where(header => header.Key.StartsWith("x-cocoon-", StringComparison.OrdinalIgnoreCase) || header.Key == GatewayHeaders.Request)
                .Select(header => (header.Key, header.Value.ToString())),
        ];
        return new KeptAnswer(response.StatusCode, response.ContentType ?? "application/json", headers, copy.WrittenSpan.ToArray());
    }

    /// <summary>Writes a whole answer.</summary>
    public async ValueTask WriteWholeAsync(int status, byte[] json, CancellationToken cancellationToken)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        Keep(json);
        await context.Response.Body.WriteAsync(json, cancellationToken);
    }

    public async ValueTask WriteErrorAsync(GatewayError error, CancellationToken cancellationToken)
    {
        if (error.RetryAfter is { } wait)
        {
            IHeaderDictionary headers = context.Response.Headers;
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            headers["retry-after-ms"] = ((long)Math.Ceiling(wait.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (error.Job?.JobId is { } job)
            context.Response.Headers[GatewayHeaders.Job] = context.Response.Headers[GatewayHeaders.Request] = job;
        await WriteWholeAsync(error.Status, error.ToJson(), cancellationToken);
    }

    /// <summary>Begins a stream of events.</summary>
    public void BeginStream()
    {
        StreamBegun = true;
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = EventStream;
        context.Response.Headers.CacheControl = "no-cache";
        // Asks nginx not to gather the stream before passing it on.
        context.Response.Headers["x-accel-buffering"] = "no";
    }

    /// <summary>Writes an event; the caller flushes.</summary>
    public void WriteEvent(ReadOnlyMemory<byte> payload)
    {
        // A payload that was written over several lines would be several events.
        ReadOnlyMemory<byte> line = payload.Span.IndexOfAny((byte)'\n', (byte)'\r') < 0 ? payload : Compact(payload);
        Write("data: "u8);
        Write(line.Span);
        Write("\n\n"u8);
    }

    /// <summary>Writes a comment, which event streams ignore.</summary>
    public void WriteComment(ReadOnlySpan<byte> text)
    {
        Write(": "u8);
        Write(text);
        Write("\n\n"u8);
    }

    /// <summary>Closes the connection without ending the answer.</summary>
    public void Break() => context.Abort();

    /// <summary>Sends what was written, and waits for a caller that reads slowly.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        unflushed = 0;
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    /// <summary>Sends what was written if it is a good piece: an answer that comes faster than its caller reads must not gather here.</summary>
    public ValueTask FlushPieceAsync(CancellationToken cancellationToken) => unflushed < PieceBytes ? ValueTask.CompletedTask : FlushAsync(cancellationToken);

    private static byte[] Compact(ReadOnlyMemory<byte> payload)
    {
        using JsonDocument document = JsonDocument.Parse(payload);
        return GatewayJson.Write(json =>
        {
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                property.WriteTo(json);
        });
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        context.Response.BodyWriter.Write(bytes);
        unflushed += bytes.Length;
        Keep(bytes);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (copy is null || tooLong)
            return;
        tooLong = copy.WrittenCount + bytes.Length > longestCopy;
        if (!tooLong)
            copy.Write(bytes);
    }
}
