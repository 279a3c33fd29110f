using Cocoon.Protocol.Money;

namespace Cocoon.Client.Local;

/// <summary>Settings of a client without a network.</summary>
internal sealed record LocalJobClientOptions
{
    /// <summary>What the account has.</summary>
    public NanoTon Balance { get; init; } = new(1000 * NanoTon.PerTon);

    /// <summary>Rates by class, in nanoTON per million units.</summary>
    public IReadOnlyList<Rate> Prices { get; init; } = PriceTable.DefaultRates;

    /// <summary>Output bound of a request that names none.</summary>
    public int DefaultMaxOutputTokens { get; init; } = 4096;

    /// <summary>Purses and their budgets; null: every purse is good for the whole balance.</summary>
    public IReadOnlyDictionary<string, NanoTon>? Purses { get; init; }

    /// <summary>The network's name.</summary>
    public string Network { get; init; } = "local";
}
