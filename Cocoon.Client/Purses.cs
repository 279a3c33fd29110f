using Cocoon.Protocol.Money;

namespace Cocoon.Client;

/// <summary>What an API key may spend. The operator's ledger holds it: whatever gateways the key is used at, together they cannot exceed it.</summary>
public sealed record PurseTerms
{
    /// <summary>The purse, 16 hexadecimal digits: <see cref="IdOf"/> its key.</summary>
    public required string Id { get; init; }

    /// <summary>Most it may spend over its life. Raising it later adds to what is left.</summary>
    public required NanoTon Budget { get; init; }

    /// <summary>When it ends; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Models it may be used for, at most 64; empty: all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Most jobs in a minute, up to 100,000; 0: no limit.</summary>
    public int JobsPerMinute { get; init; }

    /// <summary>Most jobs at once; 0: no limit.</summary>
    public int JobsAtOnce { get; init; }

    /// <summary>For people, at most 64 characters.</summary>
    public string Label { get; init; } = "";

    /// <summary>It pays nothing any more.</summary>
    public bool Closed { get; init; }

    /// <summary>The id of the purse that an API key opens: the key itself never leaves the gateway.</summary>
    public static string IdOf(string key) => Convert.ToHexStringLower(Network.PurseId.Of(key).Span);
}

/// <summary>A purse as it stands.</summary>
/// <param name="Terms">What it may spend.</param>
/// <param name="Spent">What its jobs cost so far.</param>
/// <param name="Reserved">Held back for its running jobs.</param>
public sealed record PurseInfo(PurseTerms Terms, NanoTon Spent, NanoTon Reserved);
