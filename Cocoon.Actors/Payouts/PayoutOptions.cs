using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Payouts;

/// <summary>How the treasury credits deposits and pays out; the same on every node of a cluster.</summary>
/// <param name="ShardCount">Logical shards of the cluster: where accounts live.</param>
public sealed record PayoutOptions(int ShardCount)
{
    /// <summary>Number of the wallet that pays. Deposits are taken in all of them. Default 0.</summary>
    public int PayoutWallet { get; init; }

    /// <summary>A worker is paid once it has so much in the treasury. Default 1 TON.</summary>
    public NanoTon Threshold { get; init; } = new(NanoTon.PerTon);

    /// <summary>A worker is paid once its money is so old, if it is at least <see cref="PayoutMin"/>. Default 24 hours.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Least that is paid out at all: less would go into fees. Default 0.05 TON.</summary>
    public NanoTon PayoutMin { get; init; } = new(50_000_000);

    /// <summary>Most payouts in a batch, 1 to 254. Default 100.</summary>
    public int BatchMax { get; init; } = 100;

    /// <summary>How long the first waiting payout waits for others to share its batch. Default 30 s.</summary>
    public TimeSpan GatherPeriod { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the wallets are read while nothing is under way. Default 10 s.</summary>
    public TimeSpan ScanPeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the wallets are read and undecided bytes are sent again while a batch is under way. Default 3 s.</summary>
    public TimeSpan AttemptPeriod { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Most that leaves in one day (UTC, by chain time), fees apart; null: no limit. A larger payout is paid in parts, a day each. Default null.
    /// </summary>
    public NanoTon? DailyOutflowMax { get; init; }

    /// <summary>Payouts wait while one would cost more than this. Default 0.02 TON.</summary>
    public NanoTon FeePerPayoutMax { get; init; } = new(20_000_000);

    /// <summary>What the message of a Highload wallet to itself carries; the rest of it stays in the wallet. Default 0.5 TON.</summary>
    public NanoTon SelfMessageValue { get; init; } = new(500_000_000);

    /// <summary>What stays in the payout wallet for storage and gas. Default 0.2 TON.</summary>
    public NanoTon WalletReserve { get; init; } = new(200_000_000);

    /// <summary>Least deposit that is credited; a smaller one waits in suspense as dust. Default 0.01 TON.</summary>
    public NanoTon DepositMin { get; init; } = new(10_000_000);

    /// <summary>Deposits in suspense, beyond which dust goes to the operator at once, so that nobody can fill the memory. Default 10,000.</summary>
    public int SuspenseMax { get; init; } = 10_000;

    /// <summary>How much older than the chain's time a batch claims to be: a wallet refuses one from its future. Default 30 s.</summary>
    public TimeSpan CreatedBefore { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How far beyond its timeout a batch must be before it is given up: blocks of two chains may differ so much. Default 60 s.</summary>
    public TimeSpan ExpiryMargin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Batches that may fail one after the other before payouts stop. Default 3.</summary>
    public int FailuresMax { get; init; } = 3;

    /// <summary>How long after an owner's signature a new payout address takes effect; a worker's first one does so at once. Default 24 hours.</summary>
    public TimeSpan AddressDelay { get; init; } = TimeSpan.FromHours(24);

    /// <summary>A batch carries the ledger's heads in a comment if so much time has passed since the last that did. Default 6 hours; zero: never.</summary>
    public TimeSpan AnchorPeriod { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Whether addresses that are for test networks only may be paid: false on the main network. Default false.</summary>
    public bool TestAddressesAllowed { get; init; }

    /// <summary>Comment of each payout; <c>{0}</c> stands for its number. Empty: none. Default <c>cocoon payout {0}</c>.</summary>
    public string Comment { get; init; } = "cocoon payout {0}";

    /// <summary>Says what is wrong with the options and the wallets they name, or null.</summary>
    public string? Problem(int walletCount)
    {
        if (ShardCount < 1)
            return "the number of shards is at least 1";
        if (PayoutWallet < 0 || PayoutWallet >= walletCount)
            return $"payouts leave from wallet {PayoutWallet}, of {walletCount} that are configured (numbered from 0)";
        if (BatchMax is < 1 or > 254)
            return $"a batch has 1 to 254 payouts, not {BatchMax}";
        if (Threshold <= NanoTon.Zero || PayoutMin <= NanoTon.Zero || DepositMin < NanoTon.Zero || SelfMessageValue <= NanoTon.Zero)
            return "threshold, least payout and self-message value are above zero";
        if (ScanPeriod <= TimeSpan.Zero || AttemptPeriod <= TimeSpan.Zero)
            return "the wallets are read every so often: the periods are above zero";
        return DailyOutflowMax is { } most && most < PayoutMin
            ? $"a daily outflow of {most} is less than the least payout, {PayoutMin}: nothing could leave"
            : null;
    }
}
