using System.Globalization;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// The kinds of books. Every event moves money between books and its postings sum to zero. What the operator owes or has earned is
/// positive; what it holds (cash, its own promises) and what it has lost (hedges, fees) is negative. The numbers are journaled.
/// </summary>
public enum BookKind
{
    /// <summary>Owed to a client's account.</summary>
    Client = 1,

    /// <summary>Owed to a worker.</summary>
    Worker = 2,

    /// <summary>Earned by the operator.</summary>
    Commission = 3,

    /// <summary>Borne by the operator for hedged jobs; never positive.</summary>
    Hedges = 4,

    /// <summary>Sent to another stream and not yet known to have arrived.</summary>
    InTransit = 5,

    /// <summary>What passed to and from another stream for good: positive when more was sent. Over all streams these and <see cref="InTransit"/> sum to what is under way.</summary>
    Between = 6,

    /// <summary>Money the operator vouches for without a deposit; never positive.</summary>
    OperatorFunding = 7,

    /// <summary>Coins in one of the operator's wallets; never positive.</summary>
    Cash = 8,

    /// <summary>Coins on their way between the operator's own wallets.</summary>
    BetweenWallets = 9,

    /// <summary>Deposits that belong to nobody yet.</summary>
    Suspense = 10,

    /// <summary>Payouts that wait to be sent.</summary>
    Payable = 11,

    /// <summary>Payouts in an attempt whose end is not yet known.</summary>
    Paying = 12,

    /// <summary>Paid to the chain; never positive.</summary>
    NetworkFees = 13,

    /// <summary>Payouts that came back and wait for the operator.</summary>
    Returned = 14,
}

/// <summary>One book of one stream.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Owner">The account, the worker or the suspense deposit's transaction; zero for the others.</param>
/// <param name="Index">The other stream's number, or the wallet's; zero for the others.</param>
public readonly record struct Book(BookKind Kind, Bytes32 Owner, int Index) : IComparable<Book>
{
    /// <summary>The number of kinds, the unused zero included.</summary>
    public const int KindCount = 15;

    /// <summary>A book that exists once in a stream.</summary>
    public static Book Of(BookKind kind) => new(kind, default, 0);

    /// <summary>A client's book.</summary>
    public static Book OfClient(AccountId account) => new(BookKind.Client, account.Value, 0);

    /// <summary>A worker's book.</summary>
    public static Book OfWorker(PublicKey worker) => new(BookKind.Worker, worker.Value, 0);

    /// <summary>A book that exists once for each other stream.</summary>
    public static Book OfPeer(BookKind kind, StreamId peer) => new(kind, default, peer.Number);

    /// <summary>The coins in a wallet.</summary>
    public static Book OfWallet(int wallet) => new(BookKind.Cash, default, wallet);

    /// <summary>Whether a book of this kind holds what the operator has or lost, and so is never above zero.</summary>
    public static bool IsDebit(BookKind kind) =>
        kind is BookKind.Hedges or BookKind.OperatorFunding or BookKind.Cash or BookKind.NetworkFees;

    /// <summary>Whether a book of this kind may have either sign.</summary>
    public static bool IsClearing(BookKind kind) => kind is BookKind.Between or BookKind.BetweenWallets;

    /// <inheritdoc/>
    public int CompareTo(Book other)
    {
        int order = Kind.CompareTo(other.Kind);
        if (order == 0)
            order = Index.CompareTo(other.Index);
        return order == 0 ? Owner.CompareTo(other.Owner) : order;
    }

    /// <summary>For example <c>client/0a1b…</c>, <c>in-transit/treasury</c>, <c>cash/0</c>, <c>commission</c>.</summary>
    public override string ToString() => Kind switch
    {
        BookKind.Client => $"client/{Owner}",
        BookKind.Worker => $"worker/{Owner}",
        BookKind.Suspense => $"suspense/{Owner}",
        BookKind.InTransit => $"in-transit/{new StreamId(Index)}",
        BookKind.Between => $"between/{new StreamId(Index)}",
        BookKind.Cash => string.Create(CultureInfo.InvariantCulture, $"cash/{Index}"),
        BookKind.OperatorFunding => "operator-funding",
        BookKind.BetweenWallets => "between-wallets",
        BookKind.NetworkFees => "network-fees",
        _ => Kind.ToString().ToLowerInvariant(),
    };
}

/// <summary>An amount added to a book; the postings of an event sum to zero.</summary>
public readonly record struct Posting(Book Book, NanoTon Amount);
