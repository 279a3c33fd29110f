using System.Globalization;
using System.Text.Json;
using Cocoon.Inference.Sampling;

namespace Cocoon.Inference.OpenAi;

/// <summary>What chat and text completions have in common. The model, stream and token limits come from the job, not from the body.</summary>
/// <param name="Sampling">How tokens are drawn.</param>
/// <param name="Stops">Texts that end the answer; they are not part of it.</param>
/// <param name="Choices">Answers to give to one prompt.</param>
/// <param name="IncludesUsage">True when a stream ends with a chunk of usage.</param>
internal sealed record GenerationSettings(SamplingOptions Sampling, IReadOnlyList<string> Stops, int Choices, bool IncludesUsage)
{
    /// <summary>Most answers of one request, over all its prompts.</summary>
    public const int MostChoices = 16;

    private const int MostStops = 16;
    private const int MostStopChars = 1024;
    private const int MostBiases = 1024;

    public static GenerationSettings Read(RequestFields fields, int? topLogprobs, int vocabularySize)
    {
        SamplingOptions sampling = new()
        {
            Temperature = (float)(fields.Number("temperature", 0, 2) ?? 1),
            TopP = (float)Math.Max(fields.Number("top_p", 0, 1) ?? 1, 1e-6),
            TopK = (int)Math.Max(fields.Integer("top_k", -1, int.MaxValue) ?? 0, 0),
            MinP = (float)(fields.Number("min_p", 0, 1) ?? 0),
            RepetitionPenalty = (float)(fields.Number("repetition_penalty", 0.01, 100) ?? 1),
            FrequencyPenalty = (float)(fields.Number("frequency_penalty", -2, 2) ?? 0),
            PresencePenalty = (float)(fields.Number("presence_penalty", -2, 2) ?? 0),
            Seed = fields.Integer("seed", long.MinValue, long.MaxValue) is long seed ? unchecked((ulong)seed) : null,
            LogitBias = ReadBias(fields, vocabularySize),
            TopLogprobs = topLogprobs,
        };
        bool includesUsage = fields.Object("stream_options")?.Boolean("include_usage", false) ?? false;
        return new GenerationSettings(sampling, ReadStops(fields), (int)(fields.Integer("n", 1, MostChoices) ?? 1), includesUsage);
    }

    private static List<string> ReadStops(RequestFields fields)
    {
        List<string> stops = fields.Find("stop") is { ValueKind: JsonValueKind.String } single
            ? [single.GetString()!]
            : [.. fields.Array("stop", MostStops).Select((stop, index) => stop.ValueKind == JsonValueKind.String
                ? stop.GetString()!
                : throw RequestFields.Bad($"'stop[{index}]' must be a string, not {RequestFields.Show(stop)}"))];
        if (stops.Exists(stop => stop.Length is 0 or > MostStopChars))
            throw RequestFields.Bad($"'stop' must have texts of 1 to {MostStopChars} characters");
        return stops;
    }

    private static Dictionary<int, float> ReadBias(RequestFields fields, int vocabularySize)
    {
        Dictionary<int, float> biases = [];
        if (fields.Object("logit_bias") is not { } map)
            return biases;
        foreach (JsonProperty entry in map.Body.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int token) || token >= vocabularySize)
                throw RequestFields.Bad($"'logit_bias' has the key '{entry.Name}', which is no token: they are numbers under {vocabularySize}");
            biases[token] = (float)(map.Number(entry.Name, -100, 100) ?? 0);
            if (biases.Count > MostBiases)
                throw RequestFields.Bad($"'logit_bias' may have at most {MostBiases} entries");
        }

        return biases;
    }
}
