using System.Net;
using System.Text.Json;

namespace Cocoon.Ton.Chain.Toncenter;

/// <summary>What to make of an answer.</summary>
internal enum ReplyKind
{
    /// <summary>It holds a result.</summary>
    Success,

    /// <summary>Another endpoint, or this one later, may answer.</summary>
    Failure,

    /// <summary>The request itself is refused.</summary>
    Refused,
}

/// <summary>An answer of a server, read by its HTTP status first: bodies of errors come in several shapes, or not as JSON at all.</summary>
/// <param name="Kind">What to make of it.</param>
/// <param name="Result">The result; undefined unless a success.</param>
/// <param name="Code">HTTP status, or the code in the body.</param>
/// <param name="Problem">The server's words; empty for a success.</param>
/// <param name="RetryAfter">How long the server asks to wait, or null.</param>
internal sealed record ToncenterReply(ReplyKind Kind, JsonElement Result, int Code, string Problem, TimeSpan? RetryAfter = null)
{
    private const int ProblemCharactersMax = 500;

    public static ToncenterReply Failed(string problem, int code = 0) => new(ReplyKind.Failure, default, code, problem);

    /// <summary>Reads an answer's body.</summary>
    public static ToncenterReply Read(HttpStatusCode status, ReadOnlyMemory<byte> body, TimeSpan? retryAfter)
    {
        int code = (int)status;
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return new ToncenterReply(ReplyKind.Failure, default, code, $"HTTP {code}, and the body is not JSON", retryAfter);
        }

        if (root.ValueKind != JsonValueKind.Object)
            return new ToncenterReply(ReplyKind.Failure, default, code, $"HTTP {code}, and the body is no JSON object", retryAfter);
        bool ok = root.TryGetProperty("ok", out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
        if (ok && code == 200 && root.TryGetProperty("result", out JsonElement result))
            return new ToncenterReply(ReplyKind.Success, result, code, "");
        if (root.TryGetProperty("code", out JsonElement stated) && stated.TryGetInt32(out int number) && number is >= 400 and < 600 && code == 200)
            code = number;
        return new ToncenterReply(Classify(code), default, code, Words(root), retryAfter);
    }

    private static ReplyKind Classify(int code) => code switch
    {
        // 401 and 403 are this endpoint's affair (its key), and another one may answer.
        401 or 403 or 408 or 425 or 429 => ReplyKind.Failure,
        >= 400 and < 500 or 542 => ReplyKind.Refused,
        _ => ReplyKind.Failure,
    };

    /// <summary>The error's text: "error", or "result" as some servers have it, or the JSON-RPC error's message.</summary>
    private static string Words(JsonElement root)
    {
        foreach (string name in (ReadOnlySpan<string>)["error", "result", "detail", "message"])
        {
            if (!root.TryGetProperty(name, out JsonElement value))
                continue;
            if (value.ValueKind == JsonValueKind.String)
                return Shorten(value.GetString()!);
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("message", out JsonElement inner) && inner.ValueKind == JsonValueKind.String)
                return Shorten(inner.GetString()!);
        }

        return "the server does not say why";
    }

    private static string Shorten(string text) => text.Length <= ProblemCharactersMax ? text : text[..ProblemCharactersMax] + "...";
}
