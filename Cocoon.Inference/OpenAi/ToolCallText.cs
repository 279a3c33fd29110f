using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cocoon.Inference.OpenAi;

/// <summary>What a piece of a tool call's text told: the name once it is known, then its arguments piece by piece.</summary>
internal readonly record struct ToolCallPiece(string? Name, string Arguments);

/// <summary>
/// Reads the JSON of one call as it comes. With the name before the arguments, as models write it, arguments stream; in another
/// order they come at the end.
/// </summary>
internal sealed partial class ToolCallText
{
    private const int MostHeadChars = 4096;
    private const int MostRegexMs = 1000;

    private readonly StringBuilder raw = new();
    private int depth;
    private bool isInText;
    private bool isEscaped;
    private int streamedFrom = -1;

    /// <summary>True once the name was given out.</summary>
    public bool IsStarted => streamedFrom >= 0;

    /// <summary>True once the arguments are complete.</summary>
    public bool IsArgumentsDone { get; private set; }

    public string Raw => raw.ToString();

    public ToolCallPiece? Add(string piece)
    {
        int from = raw.Length;
        raw.Append(piece);
        if (IsArgumentsDone)
            return null;
        if (IsStarted)
            return new ToolCallPiece(null, Stream(from));
        if (raw.Length > MostHeadChars)
            return null;
        Match head = Head().Match(raw.ToString());
        if (!head.Success)
            return null;
        streamedFrom = head.Length;
        string name = JsonSerializer.Deserialize<string>($"\"{head.Groups["name"].Value}\"") ?? string.Empty;
        return new ToolCallPiece(name, Stream(head.Length));
    }

    /// <summary>The whole call, when it was not streamed; null when the text is no call.</summary>
    public ToolCallPiece? ParseWhole()
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(raw.ToString());
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("name", out JsonElement name) || name.ValueKind != JsonValueKind.String)
                return null;
            if (!root.TryGetProperty("arguments", out JsonElement arguments) && !root.TryGetProperty("parameters", out arguments))
                return new ToolCallPiece(name.GetString(), "{}");
            return new ToolCallPiece(name.GetString(), arguments.ValueKind == JsonValueKind.String ? arguments.GetString()! : arguments.GetRawText());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The arguments' own text from an index on, up to their closing bracket.</summary>
    private string Stream(int from)
    {
        for (int index = from; index < raw.Length; index++)
        {
            char symbol = raw[index];
            if (isInText)
            {
                isInText = isEscaped || symbol != '"';
                isEscaped = !isEscaped && symbol == '\\';
                continue;
            }

            if (symbol == '"')
                isInText = true;
            else if (symbol is '{' or '[')
                depth++;
            else if (symbol is '}' or ']' && --depth <= 0)
            {
                IsArgumentsDone = true;
                return raw.ToString(from, index + 1 - from);
            }
        }

        return raw.ToString(from, raw.Length - from);
    }

    [GeneratedRegex("""^\s*\{\s*"name"\s*:\s*"(?<name>(?:[^"\\]|\\.)*)"\s*,\s*"(?:arguments|parameters)"\s*:\s*(?=\{)""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MostRegexMs)]
    private static partial Regex Head();
}
