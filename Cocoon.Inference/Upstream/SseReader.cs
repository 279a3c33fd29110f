using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Cocoon.Actors.Ports;

namespace Cocoon.Inference.Upstream;

/// <summary>
/// Reads server-sent events (WHATWG HTML, 9.2.6): lines end in LF, CR or CRLF, a line that begins with a colon is a comment, several
/// <c>data</c> lines are one event joined by LF, an empty line ends an event; events without data are passed over. Lines, events and the
/// whole stream are bounded. Two ways to report an error that no standard knows are read as events: llama-server before October 2025 sends
/// a field <c>error</c>, Ollama a line of bare JSON.
/// </summary>
internal sealed class SseReader(Stream stream, int maxLineBytes, int maxTotalBytes)
{
    private const int FirstBuffer = 16 * 1024;
    private readonly ArrayBufferWriter<byte> data = new();
    private byte[] buffer = new byte[FirstBuffer];
    private int start;
    private int end;
    private long total;
    private bool skipLineFeed;
    private bool any;
    private bool hasData;

    /// <summary>The data of the next event, or null at the end of the stream. An event that the end cuts off is dropped.</summary>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (TryTakeLine(out ReadOnlyMemory<byte> line))
            {
                if (TryTakeError(line.Span, out byte[]? error))
                    return error;
                if (line.Length > 0)
                    TakeField(line.Span);
                else if (TakeEvent() is { Length: > 0 } taken)
                    return taken;
            }

            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
                return null;
        }
    }

    private byte[] TakeEvent()
    {
        byte[] result = data.WrittenSpan.ToArray();
        data.ResetWrittenCount();
        hasData = false;
        return result;
    }

    private static bool TryTakeError(ReadOnlySpan<byte> line, [NotNullWhen(true)] out byte[]? error)
    {
        ReadOnlySpan<byte> field = "error:"u8;
        error = line.StartsWith(field) ? [.. "{\"error\":"u8, .. line[field.Length..], (byte)'}']
            : line.StartsWith("{\"error\""u8) ? line.ToArray()
            : null;
        return error is not null;
    }

    private void TakeField(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> name = "data"u8;
        if (!line.StartsWith(name) || line.Length > name.Length && line[name.Length] != (byte)':')
            return;
        ReadOnlySpan<byte> value = line.Length > name.Length ? line[(name.Length + 1)..] : default;
        if (value is [(byte)' ', ..])
            value = value[1..];
        if (hasData)
            data.Write("\n"u8);
        hasData = true;
        if (data.WrittenCount + value.Length > maxLineBytes)
            throw TooLong("an event", maxLineBytes);
        data.Write(value);
    }

    private bool TryTakeLine(out ReadOnlyMemory<byte> line)
    {
        line = default;
        if (skipLineFeed && start < end)
        {
            skipLineFeed = false;
            start += buffer[start] == (byte)'\n' ? 1 : 0;
        }

        ReadOnlySpan<byte> rest = buffer.AsSpan(start, end - start);
        int length = rest.IndexOfAny((byte)'\n', (byte)'\r');
        if (length > maxLineBytes || length < 0 && rest.Length > maxLineBytes)
            throw TooLong("a line", maxLineBytes);
        if (length < 0)
            return false;
        // A carriage return may be followed by a line feed that has not arrived yet.
        skipLineFeed = rest[length] == (byte)'\r';
        line = buffer.AsMemory(start, length);
        if (!any && line.Span.StartsWith(Encoding.UTF8.Preamble))
            line = line[Encoding.UTF8.Preamble.Length..];
        any = true;
        start += length + 1;
        return true;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (start == end)
        {
            start = end = 0;
        }
        else if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }

        if (end == buffer.Length)
            Array.Resize(ref buffer, buffer.Length * 2);
        int read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
        end += read;
        total += read;
        return total > maxTotalBytes ? throw TooLong("the answer", maxTotalBytes) : read > 0;
    }

    private static EngineException TooLong(string what, int limit) =>
        new(EngineFailure.Failed, $"{what} of the upstream is longer than {limit} bytes: raise the limit, or find out what it sends");
}
