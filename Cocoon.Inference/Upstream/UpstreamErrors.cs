using System.Net;
using System.Text;
using System.Text.Json;
using Cocoon.Actors.Ports;

namespace Cocoon.Inference.Upstream;

/// <summary>What a server's error means to the network.</summary>
internal static class UpstreamErrors
{
    private const int LongestMessage = 500;

    private static readonly string[] ContextWords =
    [
        "context_length_exceeded", "exceed_context_size", "maximum context length", "context size", "context length", "longer than the model",
    ];

    /// <summary>An answer other than 200.</summary>
    public static EngineException OfStatus(UpstreamDialect dialect, HttpStatusCode status, byte[] body)
    {
        string message = Read(body, out string kind);
        EngineFailure failure = (int)status switch
        {
            _ when IsContext(kind, message) && (int)status is >= 400 and <= 500 => EngineFailure.ContextExceeded,
            400 or 405 or 413 or 415 or 422 => EngineFailure.BadRequest,
            404 => EngineFailure.UnknownModel,
            408 or 429 or 503 => EngineFailure.Busy,
            // llama-server answers 500 to requests that are wrong; the type tells.
            500 when kind.Contains("invalid_request", StringComparison.Ordinal) => EngineFailure.BadRequest,
            _ => EngineFailure.Failed,
        };
        return new EngineException(failure, $"{dialect.Name} answered {(int)status}: {message}");
    }

    /// <summary>An error object inside a stream that had begun with 200.</summary>
    public static EngineException OfEvent(UpstreamDialect dialect, JsonElement error)
    {
        string message = Read(error, out string kind);
        bool wrong = kind.StartsWith("400", StringComparison.Ordinal) || kind.Contains("BadRequest", StringComparison.OrdinalIgnoreCase)
            || kind.Contains("invalid_request", StringComparison.Ordinal);
        EngineFailure failure = IsContext(kind, message) ? EngineFailure.ContextExceeded : wrong ? EngineFailure.BadRequest : EngineFailure.Failed;
        return new EngineException(failure, $"{dialect.Name} failed while answering: {message}");
    }

    private static bool IsContext(string kind, string message) =>
        Array.Exists(ContextWords, word => kind.Contains(word, StringComparison.Ordinal) || message.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static string Read(byte[] body, out string kind)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            return Read(root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out JsonElement error) ? error : root, out kind);
        }
        catch (JsonException)
        {
            kind = "";
            string text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, LongestMessage)));
            return text.Length == 0 ? "(no body)" : text;
        }
    }

    private static string Read(JsonElement error, out string kind)
    {
        kind = "";
        if (error.ValueKind == JsonValueKind.String)
            return Shorten(error.GetString()!);
        if (error.ValueKind != JsonValueKind.Object)
            return "(no message)";
        kind = string.Join(' ', Text(error, "code"), Text(error, "type"));
        return Shorten(Text(error, "message") is { Length: > 0 } message ? message : Text(error, "detail"));
    }

    private static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";

    private static string Shorten(string text) => text.Length switch
    {
        0 => "(no message)",
        > LongestMessage => text[..LongestMessage] + "...",
        _ => text,
    };
}
