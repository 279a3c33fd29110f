namespace Cocoon.Host.Configuration;

/// <summary>One model's prices, each in nanoTON per million tokens, and its default output bound.</summary>
/// <param name="Prompt">Prompt tokens that were computed.</param>
/// <param name="Cached">Prompt tokens from the prefix cache.</param>
/// <param name="Completion">Answer tokens without reasoning.</param>
/// <param name="Reasoning">Reasoning tokens.</param>
/// <param name="DefaultMaxOutput">Output tokens when a request names no bound.</param>
internal sealed record ModelPriceOptions(long Prompt, long Cached, long Completion, long Reasoning, int DefaultMaxOutput);

/// <summary>Section <c>prices</c>.</summary>
/// <param name="CommissionBasisPoints">The operator's share in hundredths of a percent: 500 is 5 %.</param>
/// <param name="Default">Prices of models that are not named.</param>
/// <param name="Models">Prices of those that are, by the model's name.</param>
internal sealed record PriceOptions(int CommissionBasisPoints, ModelPriceOptions Default, IReadOnlyDictionary<string, ModelPriceOptions> Models)
{
    /// <summary>Highest price, in nanoTON per million tokens: 1,000 TON.</summary>
    public const long Highest = 1_000_000_000_000;

    /// <summary>Most output tokens of one choice, as proxies take them.</summary>
    private const int HighestOutput = 131_072;

    internal static PriceOptions Read(SettingsReader prices)
    {
        Dictionary<string, ModelPriceOptions> models = new(StringComparer.Ordinal);
        foreach ((string name, SettingsReader model) in prices.Entries("models"))
            models[name] = ReadModel(model);
        ModelPriceOptions any = ReadModel(prices.Section("models").Section(ConfigurationSchema.AnyName));
        return new PriceOptions(prices.BasisPoints("commission", most: 5_000), any, models);
    }

    private static ModelPriceOptions ReadModel(SettingsReader model) => new(
        model.Integer("prompt", 0, Highest),
        model.Integer("cached", 0, Highest),
        model.Integer("completion", 0, Highest),
        model.Integer("reasoning", 0, Highest),
        (int)model.Integer("default-max-output", 1, HighestOutput));
}
