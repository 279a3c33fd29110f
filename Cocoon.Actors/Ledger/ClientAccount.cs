using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <summary>A client's account in its shard; in the treasury, money on its way to or from one.</summary>
public sealed class ClientAccount
{
    internal ClientAccount(AccountId id) => Id = id;

    /// <summary>Its id.</summary>
    public AccountId Id { get; }

    /// <summary>Its key, once known.</summary>
    public PublicKey? Key { get; internal set; }

    /// <summary>What the operator owes it.</summary>
    public NanoTon Balance { get; internal set; }

    /// <summary>What jobs cost it so far, over its whole life.</summary>
    public NanoTon Settled { get; internal set; }

    /// <summary>The newest ceiling it signed, or null.</summary>
    public CeilingSet? Ceiling { get; internal set; }

    /// <summary>The wallet it deposits from and withdraws to, or null.</summary>
    public WalletRegistered? Wallet { get; internal set; }

    /// <summary>The number of its last signed request (withdrawal or lane funding).</summary>
    public long Request { get; internal set; }

    /// <summary>Its purses by number.</summary>
    public SortedList<ulong, Purse> Purses { get; } = [];

    /// <summary>The references of what the operator credited it.</summary>
    public SortedSet<string> CreditReferences { get; } = new(StringComparer.Ordinal);

    /// <summary>Its sessions by id.</summary>
    public SortedList<ulong, Session> Sessions { get; } = [];

    /// <summary>What is known about one of its jobs.</summary>
    public JobStanding Standing(SessionId session, long number) =>
        Sessions.TryGetValue(session.Value, out Session? known) ? known.Standing(number) : JobStanding.Unknown;
}

/// <summary>An API key of an account: a budget and limits that several gateways share.</summary>
public sealed class Purse
{
    /// <summary>Most models in a purse's list.</summary>
    public const int ModelsMax = 64;

    /// <summary>Most characters of a label.</summary>
    public const int LabelMax = 64;

    internal Purse(PurseSet terms, NanoTon spent)
    {
        Terms = terms;
        Spent = spent;
    }

    /// <summary>Budget, expiry, models and limits.</summary>
    public PurseSet Terms { get; internal set; }

    /// <summary>What its jobs cost so far.</summary>
    public NanoTon Spent { get; internal set; }
}

/// <summary>A worker's earnings in one stream.</summary>
public sealed class WorkerAccount
{
    internal WorkerAccount(PublicKey id) => Id = id;

    /// <summary>Its key.</summary>
    public PublicKey Id { get; }

    /// <summary>What this stream owes it.</summary>
    public NanoTon Balance { get; internal set; }

    /// <summary>What it earned here, over its whole life.</summary>
    public NanoTon Earned { get; internal set; }

    /// <summary>When the oldest unswept earning was booked (milliseconds since 1970); 0 when nothing is owed.</summary>
    public long SinceUnixMs { get; internal set; }

    /// <summary>Its payout address as its owner signed it, or null.</summary>
    public PayoutAddressSet? Address { get; internal set; }

    /// <summary>An address that takes effect later, or null.</summary>
    public PayoutAddressSet? PendingAddress { get; internal set; }
}

/// <summary>What one stream knows about its transfers with another.</summary>
public sealed class TransferPeer
{
    internal TransferPeer(StreamId stream) => Stream = stream;

    /// <summary>The other stream.</summary>
    public StreamId Stream { get; }

    /// <summary>Number of the last transfer sent to it.</summary>
    public long LastSent { get; internal set; }

    /// <summary>Number of the last transfer received from it.</summary>
    public long LastReceived { get; internal set; }

    /// <summary>Sent and not acknowledged.</summary>
    public NanoTon InTransit { get; internal set; }

    /// <summary>Sent and acknowledged, less received.</summary>
    public NanoTon Between { get; internal set; }

    /// <summary>Transfers that are not acknowledged, oldest first: to be sent again until they are.</summary>
    public IReadOnlyCollection<TransferOut> Outstanding => Queue;

    internal Queue<TransferOut> Queue { get; } = new();
}
