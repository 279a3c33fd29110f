using System.Diagnostics.CodeAnalysis;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// One stream's books: a pure fold over its events. Reservations are not here: they are memory, and die with the jobs they were for.
/// An event is checked in full before anything changes, so a refused one leaves the state as it was.
/// </summary>
public sealed partial class LedgerState
{
    private readonly Dictionary<AccountId, ClientAccount> accounts = [];
    private readonly Dictionary<PublicKey, WorkerAccount> workers = [];
    private readonly SortedDictionary<StreamId, TransferPeer> peers = [];
    private readonly long[] totals = new long[Book.KindCount];
    private readonly List<Posting> postings = [];
    private readonly List<LossAccepted> losses = [];

    /// <summary>An empty stream.</summary>
    public LedgerState(StreamId stream)
    {
        Stream = stream;
        Treasury = stream.IsTreasury ? new TreasuryState() : null;
    }

    /// <summary>The stream.</summary>
    public StreamId Stream { get; }

    /// <summary>The last event applied; 0 before the first.</summary>
    public long Sequence { get; private set; }

    /// <summary>Settled instalments that closed a job.</summary>
    public long SettledJobs { get; private set; }

    /// <summary>Number of the last closed accounting era; 0 before the first.</summary>
    public long Era { get; private set; }

    /// <summary>Sessions opened before this instant (seconds since 1970) are refused.</summary>
    public long SessionsOpenedBefore { get; private set; }

    /// <summary>Ends of this stream whose loss an operator accepted, the oldest first.</summary>
    public IReadOnlyList<LossAccepted> Losses => losses;

    /// <summary>Deposits, payouts and wallets; null in a shard's stream.</summary>
    public TreasuryState? Treasury { get; }

    /// <summary>The accounts, in no particular order.</summary>
    public IReadOnlyCollection<ClientAccount> Accounts => accounts.Values;

    /// <summary>The workers, in no particular order.</summary>
    public IReadOnlyCollection<WorkerAccount> Workers => workers.Values;

    /// <summary>The streams with which money was exchanged, sorted.</summary>
    public IReadOnlyCollection<TransferPeer> Peers => peers.Values;

    /// <summary>The sum of all books of one kind.</summary>
    public NanoTon Total(BookKind kind) => new(totals[(int)kind]);

    /// <summary>The account, if any event named it.</summary>
    public bool TryGetAccount(AccountId id, [NotNullWhen(true)] out ClientAccount? account) => accounts.TryGetValue(id, out account);

    /// <summary>The worker, if any event named it.</summary>
    public bool TryGetWorker(PublicKey id, [NotNullWhen(true)] out WorkerAccount? worker) => workers.TryGetValue(id, out worker);

    /// <summary>The other stream, if money was exchanged with it.</summary>
    public bool TryGetPeer(StreamId stream, [NotNullWhen(true)] out TransferPeer? peer) => peers.TryGetValue(stream, out peer);

    /// <summary>Whether a credit of this account under this reference was booked.</summary>
    public bool HasCredit(AccountId account, string reference) =>
        accounts.TryGetValue(account, out ClientAccount? known) && known.CreditReferences.Contains(reference);

    /// <summary>Every book that is not zero, sorted.</summary>
    public IReadOnlyList<(Book Book, NanoTon Amount)> Balances()
    {
        List<(Book Book, NanoTon Amount)> balances = [];
        foreach (ClientAccount account in accounts.Values)
            balances.Add((Book.OfClient(account.Id), account.Balance));
        foreach (WorkerAccount worker in workers.Values)
            balances.Add((Book.OfWorker(worker.Id), worker.Balance));
        foreach (TransferPeer peer in peers.Values)
        {
            balances.Add((Book.OfPeer(BookKind.InTransit, peer.Stream), peer.InTransit));
            balances.Add((Book.OfPeer(BookKind.Between, peer.Stream), peer.Between));
        }

        if (Treasury is not null)
        {
            foreach ((int wallet, long cash) in Treasury.Wallets)
                balances.Add((Book.OfWallet(wallet), new NanoTon(-cash)));
            foreach ((Bytes32 transaction, DepositSeen deposit) in Treasury.Suspense)
                balances.Add((new Book(BookKind.Suspense, transaction, 0), new NanoTon(deposit.Amount)));
        }

        foreach (BookKind kind in Enum.GetValues<BookKind>())
        {
            if (!HasDetail(kind))
                balances.Add((Book.Of(kind), Total(kind)));
        }

        balances.RemoveAll(balance => balance.Amount == NanoTon.Zero);
        balances.Sort((left, right) => left.Book.CompareTo(right.Book));
        return balances;
    }

    /// <summary>Whether books of this kind are told apart by owner or index; the others exist once in a stream.</summary>
    internal static bool HasDetail(BookKind kind) =>
        kind is BookKind.Client or BookKind.Worker or BookKind.InTransit or BookKind.Between or BookKind.Cash or BookKind.Suspense;

    private LedgerContradictionException Contradiction(string reason) => new(Stream, Sequence + 1, reason);

    private ClientAccount Account(AccountId id)
    {
        if (!accounts.TryGetValue(id, out ClientAccount? account))
            accounts.Add(id, account = new ClientAccount(id));
        return account;
    }

    private WorkerAccount Worker(PublicKey id)
    {
        if (!workers.TryGetValue(id, out WorkerAccount? worker))
            workers.Add(id, worker = new WorkerAccount(id));
        return worker;
    }

    private TransferPeer Peer(StreamId stream)
    {
        if (!peers.TryGetValue(stream, out TransferPeer? peer))
            peers.Add(stream, peer = new TransferPeer(stream));
        return peer;
    }

    private Bytes32 Identity(ByteString bytes) =>
        bytes.Length == Bytes32.Length
            ? Bytes32.From(bytes.Span)
            : throw Contradiction($"an identity has {bytes.Length} bytes instead of {Bytes32.Length}");

    private AccountId AccountIdOf(ByteString bytes) => new(Identity(bytes));

    private PublicKey KeyOf(ByteString bytes) => new(Identity(bytes));
}
