using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Client.Receipts;

namespace Cocoon.Host.Commands.Receipts;

/// <summary>
/// Receipts wherever people have them: a file or text with JSON (an answer of the gateway, a line of the receipts folder, the demo's output),
/// with JSON lines, or with nothing but the receipt in base64.
/// </summary>
internal static class ReceiptSource
{
    private const int BytesMax = 256 << 20;

    /// <summary>Reads what <paramref name="argument"/> names. Throws <see cref="IOException"/> when there is no receipt in it.</summary>
    public static IReadOnlyList<SavedReceipt> Read(string argument, TextReader input)
    {
        if (argument == "-")
            return Parse(input.ReadToEnd(), "standard input");
        if (Directory.Exists(argument))
        {
            string[] texts = [.. Directory.GetFiles(argument, "*.json*").Order(StringComparer.Ordinal).Select(ReadFile)];
            return Parse(string.Join('\n', texts), argument);
        }

        if (File.Exists(argument))
            return Parse(ReadFile(argument), argument);
        return TryParse(argument.Trim(), out _) || Convert.TryFromBase64String(argument, new byte[argument.Length], out _)
            ? Parse(argument, "the text given")
            : throw new IOException($"there is no file or folder {argument}");
    }

    private static string ReadFile(string path)
    {
        if (new FileInfo(path).Length > BytesMax)
            throw new IOException($"{path} is larger than {BytesMax >> 20} MiB: split it by lines");
        byte[] bytes = File.ReadAllBytes(path);
        // The protobuf message itself, as a program may have saved it.
        return bytes.AsSpan().ContainsAnyInRange((byte)0, (byte)8) ? Convert.ToBase64String(bytes) : Encoding.UTF8.GetString(bytes);
    }

    private static List<SavedReceipt> Parse(string text, string where)
    {
        List<SavedReceipt> found = [];
        string trimmed = text.Trim();
        if (TryParse(trimmed, out JsonNode? whole))
        {
            Collect(whole, "", found);
        }
        else
        {
            foreach (string line in trimmed.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                // A saved stream: the receipt is in its last event, or in the comment before [DONE].
                string content = line.StartsWith("data: ", StringComparison.Ordinal) ? line[6..] : line.StartsWith(": ", StringComparison.Ordinal) ? line[2..] : line;
                if (TryParse(content, out JsonNode? node))
                    Collect(node, "", found);
                else if (SavedReceipt.Read(new JsonObject { ["receipt"] = content }) is { } bare)
                    found.Add(bare);
            }
        }

        return found.Count > 0 ? found : throw new IOException(
            $"there is no receipt in {where}: give a file or text with an answer of the gateway, a line of the receipts folder, or a receipt in base64");
    }

    private static bool TryParse(string text, out JsonNode? node)
    {
        node = null;
        if (text.Length == 0 || text[0] is not ('{' or '['))
            return false;
        try
        {
            node = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Collect(JsonNode? node, string job, List<SavedReceipt> found)
    {
        switch (node)
        {
            case JsonObject json:
                string named = (json["job"] ?? json["id"]) is JsonValue value && value.TryGetValue(out string? id) && id.Contains('/', StringComparison.Ordinal) ? id : job;
                if (SavedReceipt.Read(json) is { } receipt)
                    found.Add(receipt with { JobId = named });
                foreach ((string name, JsonNode? inner) in json)
                {
                    if (name != "receipt")
                        Collect(inner, named, found);
                }

                break;
            case JsonArray array:
                foreach (JsonNode? inner in array)
                    Collect(inner, job, found);
                break;
        }
    }
}
