using System.Text.Json;

namespace Cocoon.Inference;

/// <summary>How many answers a request makes an engine generate: what its output bound must be multiplied by.</summary>
public static class RequestChoices
{
    /// <summary>Most answers of one request.</summary>
    public const int Most = 128;

    /// <summary>
    /// OpenAI's <c>n</c>, times the number of prompts where <c>prompt</c> is a list of them (a list of numbers is one prompt in tokens).
    /// Null when it is more than <see cref="Most"/>, less than one, or no number.
    /// </summary>
    /// <param name="request">The request, a JSON object.</param>
    public static int? Count(JsonElement request)
    {
        long choices = 1;
        if (request.TryGetProperty("n", out JsonElement n) && n.ValueKind != JsonValueKind.Null)
        {
            if (n.ValueKind != JsonValueKind.Number || !n.TryGetInt32(out int number) || number is < 1 or > Most)
                return null;
            choices = number;
        }

        if (request.TryGetProperty("prompt", out JsonElement prompt) && prompt.ValueKind == JsonValueKind.Array && prompt.GetArrayLength() > 0
            && prompt[0].ValueKind != JsonValueKind.Number)
            choices *= prompt.GetArrayLength();
        return choices <= Most ? (int)choices : null;
    }
}
