using System.Text;
using System.Text.Json;

namespace Cocoon.Client.Recounts;

/// <summary>The texts of an answer's choices, gathered from OpenAI's objects, whole or streamed.</summary>
internal sealed class AnswerTexts
{
    private readonly Dictionary<int, StringBuilder> choices = [];
    private bool hasOtherThanText;

    public void Add(ReadOnlyMemory<byte> payload)
    {
        if (payload.IsEmpty || hasOtherThanText)
            return;
        try
        {
            using JsonDocument document = JsonDocument.Parse(payload);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("choices", out JsonElement list)
                || list.ValueKind != JsonValueKind.Array)
            {
                return;
            }

            foreach (JsonElement choice in list.EnumerateArray())
                Add(choice);
        }
        catch (JsonException)
        {
            // What a worker sends is its own affair; it cannot be counted.
            hasOtherThanText = true;
        }
    }

    /// <summary>Tokens of all choices with the one that ended each; null where the answer is more than text.</summary>
    public long? Count(ITokenCounter counter) => hasOtherThanText ? null : choices.Values.Sum(text => counter.CountText(text.ToString()) + 1);

    private void Add(JsonElement choice)
    {
        if (choice.ValueKind != JsonValueKind.Object)
        {
            hasOtherThanText = true;
            return;
        }

        int index = choice.TryGetProperty("index", out JsonElement number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int given) ? given : 0;
        if (!choices.TryGetValue(index, out StringBuilder? text))
            choices.Add(index, text = new StringBuilder());
        AppendText(choice, "text", text);
        foreach (string container in (ReadOnlySpan<string>)["message", "delta"])
        {
            if (!choice.TryGetProperty(container, out JsonElement message) || message.ValueKind != JsonValueKind.Object)
                continue;
            AppendText(message, "reasoning_content", text);
            AppendText(message, "reasoning", text);
            AppendText(message, "content", text);
            hasOtherThanText |= message.TryGetProperty("tool_calls", out JsonElement calls) && calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() > 0;
        }
    }

    private static void AppendText(JsonElement fields, string name, StringBuilder text)
    {
        if (fields.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String)
            text.Append(value.GetString());
    }
}
