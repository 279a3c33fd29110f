using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <summary>What only the treasury's stream holds: wallets, deposits in suspense, payouts and attempts.</summary>
public sealed partial class TreasuryState
{
    private const long SecondsPerDay = 86_400;
    private readonly Dictionary<(int Workchain, Bytes32 Account), List<AccountId>> owners = [];
    private readonly SortedSet<string> references = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, long> sequences = [];
    private readonly SortedSet<(int Wallet, long Sequence)> awaited = [];
    private long outflowDay;
    private NanoTon outflow;

    /// <summary>Coins by wallet, as booked.</summary>
    public SortedDictionary<int, long> Wallets { get; } = [];

    /// <summary>How far each wallet's transactions were read.</summary>
    public SortedDictionary<int, ChainCursor> Cursors { get; } = [];

    /// <summary>Deposits that belong to nobody yet, by transaction.</summary>
    public SortedDictionary<Bytes32, DepositSeen> Suspense { get; } = [];

    /// <summary>Payouts by number; paid ones of earlier eras are forgotten.</summary>
    public SortedDictionary<long, Payout> Payouts { get; } = [];

    /// <summary>Attempts under way, by number.</summary>
    public SortedDictionary<long, PayoutAttempt> Attempts { get; } = [];

    /// <summary>Who registered a wallet, by address without flags; several: nobody can say whose a deposit from it is.</summary>
    public IReadOnlyList<AccountId> OwnersOf(WalletAddress wallet) =>
        owners.TryGetValue((wallet.Workchain, wallet.Account), out List<AccountId>? found) ? found : [];

    /// <summary>Whether a commission payout was made under this reference.</summary>
    public bool HasReference(string reference) => references.Contains(reference);

    /// <summary>The next batch of a Highload wallet takes this place in the order of query ids.</summary>
    public long NextSequence(int wallet) => sequences.GetValueOrDefault(wallet);

    /// <summary>Explained requests whose batches have not come yet: until then nobody knows what they pay.</summary>
    public IReadOnlyCollection<(int Wallet, long Sequence)> Awaited => awaited;

    /// <summary>Batches that failed since one was paid.</summary>
    public int Failures { get; private set; }

    /// <summary>Fee and number of payouts of the last batch that was paid.</summary>
    public (NanoTon Fee, int Payouts) LastBatch { get; private set; }

    /// <summary>When heads were last anchored, by chain time in Unix seconds; 0: never.</summary>
    public long AnchoredUnixSeconds { get; private set; }

    /// <summary>What left on a day of chain time (days since 1970, UTC), batches under way included.</summary>
    public NanoTon OutflowOn(long day) => day == outflowDay ? outflow : NanoTon.Zero;

    /// <summary>The heads that were anchored last.</summary>
    public IReadOnlyList<StreamHead> Anchored { get; internal set; } = [];

    /// <summary>Number of the last payout.</summary>
    public long LastPayout { get; internal set; }

    /// <summary>Number of the last attempt.</summary>
    public long LastAttempt { get; internal set; }

    /// <summary>The last attempt of the era before this one: payouts up to it that are over are forgotten when this one closes.</summary>
    internal long EraAttempt { get; set; }

    /// <summary>All deposits so far, suspense included.</summary>
    public NanoTon Deposited { get; internal set; }

    /// <summary>All payouts, withdrawals and refunds that were sent so far.</summary>
    public NanoTon Paid { get; internal set; }

    /// <summary>Everything paid to the chain so far.</summary>
    public NanoTon Fees { get; internal set; }

    /// <summary>Everything that bounced back so far.</summary>
    public NanoTon Returned { get; internal set; }

    internal void AddCash(int wallet, NanoTon amount) =>
        Wallets[wallet] = checked(Wallets.GetValueOrDefault(wallet) + amount.Value);

    internal void CloseEra()
    {
        foreach (long number in Payouts.Where(entry => IsOver(entry.Value)).Select(entry => entry.Key).ToArray())
            Payouts.Remove(number);
        EraAttempt = LastAttempt;
    }

    private bool IsOver(Payout payout) =>
        payout.Attempt <= EraAttempt && payout.Standing is (PayoutStanding.Paid or PayoutStanding.Reopened);
}
