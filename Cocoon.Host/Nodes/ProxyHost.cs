using System.Globalization;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Host.Configuration;
using Cocoon.Host.Storage;
using Cocoon.Host.Treasury;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Nodes;

/// <summary>What a proxy node is made of.</summary>
internal sealed record ProxySetup
{
    public required string Network { get; init; }

    public required ISigner Operator { get; init; }

    public required ISigner Node { get; init; }

    public required LedgerKey LedgerKey { get; init; }

    public required string LedgerFile { get; init; }

    public required HostPort Listen { get; init; }

    /// <summary>Limits and times of its links.</summary>
    public LinkOptions Link { get; init; } = new();

    /// <summary>Further addresses to listen on.</summary>
    public IReadOnlyList<HostPort> ListenToo { get; init; } = [];

    /// <summary>The address that the cluster map gives to others; null: <see cref="Listen"/>.</summary>
    public HostPort? Advertise { get; init; }

    public required PriceTable Prices { get; init; }

    public int Shards { get; init; } = 256;

    public FleetOptions Fleet { get; init; } = new();

    /// <summary>How jobs run; scope, shards and prices are taken from this setup.</summary>
    public Func<ProxySettings, ProxySettings> Jobs { get; init; } = static settings => settings;

    /// <summary>Least output tokens that a job is lowered to by a scarce balance.</summary>
    public int OutputMin { get; init; } = 256;

    /// <summary>Models that are expected at every start, beside those that were served before.</summary>
    public IReadOnlyList<string> ExpectedModels { get; init; } = [];

    /// <summary>Wallets on the chain, or null. The node does not own it: it must outlive the node.</summary>
    public TreasuryRuntime? Treasury { get; init; }

    public Scope Scope => new(NetworkId.Of(Network), Operator.PublicKey);
}

/// <summary>A proxy node of one process: SQLite, actors, listener.</summary>
internal sealed class ProxyHost : IAsyncDisposable
{
    /// <summary>Until the last settlements of ended jobs are written.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan CertificateLifetime = TimeSpan.FromDays(90);
    private readonly SqliteJournal journal;
    private readonly ThreadPoolScheduler scheduler = new();
    private readonly ActorSystem system;
    private readonly List<IListening> listening = [];
    private readonly StreamHeads heads = new();
    private ControlSocket? control;

    private ProxyHost(ProxySetup setup, ITransport transport, ISignatureVerifier verifier, ILogger logger)
    {
        Setup = setup;
        journal = SqliteJournal.Open(new SqliteOptions(setup.LedgerFile, setup.Network, setup.Shards));
        system = new ActorSystem("proxy", scheduler, SystemEntropy.Instance, new LoggedActorEvents(logger));
        SignedStatement certificate = Certify(setup);
        ReceiptAuthority receipts = new(setup.Scope, setup.Node, certificate, setup.LedgerKey);
        LedgerOptions ledger = new(setup.Scope) { OutputMin = setup.OutputMin };
        if (setup.Treasury is { } treasury)
            ledger = treasury.Apply(ledger);
        string models = Path.ChangeExtension(Path.GetFullPath(setup.LedgerFile), ".models.json");
        Node = new ProxyNode(
            system,
            setup.Jobs(new ProxySettings(setup.Scope, setup.Shards, setup.Prices)),
            setup.Fleet,
            journal,
            (setup.Advertise ?? setup.Listen).ToString(),
            verifier,
            receipts,
            (ownership, routes) => CreateLedger(ownership, routes, ledger, verifier, receipts),
            new ModelMemoryFile(models, setup.ExpectedModels));
        LinkIdentity identity = new()
        {
            Role = Role.Proxy,
            Scope = setup.Scope,
            Signer = setup.Node,
            Certificate = certificate,
            Software = "cocoon",
            Options = setup.Link,
        };
        foreach (HostPort at in setup.ListenToo.Prepend(setup.Listen))
        {
            IListening bound = transport.Listen(new ListenTarget(at.Host, at.Port, () => identity), Node.Accept);
            listening.Add(bound);
            NodeLog.ProxyListens(logger, bound.Host, bound.Port, setup.Node.PublicKey.ToString(), setup.Operator.PublicKey.ToString());
        }
    }

    public ProxySetup Setup { get; }

    public ProxyNode Node { get; }

    /// <summary>The port as bound; with several addresses, the first one's.</summary>
    public int Port => listening[0].Port;

    /// <summary>Every address as bound.</summary>
    public IReadOnlyList<HostPort> Addresses => [.. listening.Select(bound => new HostPort(bound.Host, bound.Port))];

    /// <summary>Starts the node and waits until it serves its streams.</summary>
    public static async Task<ProxyHost> StartAsync(
        ProxySetup setup, ITransport transport, ISignatureVerifier verifier, ILogger logger, CancellationToken cancellationToken = default)
    {
        ProxyHost host = new(setup, transport, verifier, logger);
        while (host.Node.Shards.Find(StreamId.Treasury).Here is null)
            await Task.Delay(10, cancellationToken);
        if (setup.Treasury is not null)
            host.control = ControlSocket.Listen(ControlSocket.PathOf(setup.LedgerFile), new TreasuryOperations(new ProxyTreasury(host.Node)).RunAsync);
        return host;
    }

    /// <summary>The operator vouches for an account's money.</summary>
    public async Task<LedgerAnswer> CreditAsync(AccountId account, NanoTon amount, string reference, string memo)
    {
        ActorRef<ProxyMessage> shard = Node.Shards.Find(StreamId.OfShard(account.Shard(Setup.Shards))).Here
            ?? throw new InvalidOperationException($"the shard of account {account} is not served by this node");
        return await shard.AskAsync<LedgerAnswer>(
            reply => new ProxyMessage.ToLedger(new Credit(account, amount, reference, memo, reply)), TimeSpan.FromSeconds(10));
    }

    /// <summary>What the node sees of its network. Throws <see cref="AskTimeoutException"/> while it is too busy to look.</summary>
    public ValueTask<NetworkSurvey> SurveyAsync()
        => Node.Survey.AskAsync<NetworkSurvey>(reply => new DescribeNetwork(reply), TimeSpan.FromSeconds(3));

    /// <summary>Replays every stream from its first event, checks chain and MACs, and folds the books. Empty when they hold.</summary>
    public async Task<IReadOnlyList<string>> AuditAsync()
    {
        List<LedgerState> states = [];
        for (int number = StreamId.Treasury.Number; number < Setup.Shards; number++)
            states.Add(await ReplayAsync(new StreamId(number)));
        return LedgerInvariants.CheckAll(states);
    }

    /// <summary>
    /// Admits nothing new and waits, at most <paramref name="patience"/>, until no job runs or waits to be settled. What still runs then is
    /// ended and settled as it stands.
    /// </summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        Node.Drain();
        if (await IsIdleAsync(patience))
            return;
        Node.EndJobs();
        await IsIdleAsync(EndPatience);
    }

    private async Task<bool> IsIdleAsync(TimeSpan patience)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < patience)
        {
            if (await CountJobsAsync() == 0)
                return true;
            await Task.Delay(20);
        }

        return false;
    }

    /// <summary>Jobs of all shards, from admission to their last word.</summary>
    public async Task<int> CountJobsAsync()
    {
        int count = 0;
        for (int number = 0; number < Setup.Shards; number++)
        {
            if (Node.Shards.Find(new StreamId(number)).Here is { } shard)
                count += await shard.AskAsync<int>(reply => new ProxyMessage.CountJobs(reply), TimeSpan.FromSeconds(5));
        }

        return count;
    }

    public async ValueTask DisposeAsync()
    {
        if (control is not null)
            await control.DisposeAsync();
        foreach (IListening bound in listening)
            await bound.DisposeAsync();
        await system.StopAsync();
        await journal.DisposeAsync();
        scheduler.Dispose();
    }

    private LedgerActor CreateLedger(
        StreamOwnership ownership, ILedgerRoutes routes, LedgerOptions options, ISignatureVerifier verifier, ReceiptAuthority receipts)
    {
        Persistence persistence = new(journal, journal, ownership, Setup.LedgerKey);
        return Setup.Treasury is { } treasury && ownership.Stream == StreamId.Treasury
            ? new PayoutActor(persistence, options, treasury.Payouts, routes, verifier, treasury.Chain, heads)
            : new LedgerActor(persistence, options, routes, verifier, receipts, heads);
    }

    private async Task<LedgerState> ReplayAsync(StreamId stream)
    {
        LedgerFold fold = new(stream);
        LedgerState state = fold.Empty();
        long sequence = 0;
        Bytes32 chain = default;
        while (await journal.ReadAsync(stream, sequence, 4 << 20) is { Count: > 0 } page)
        {
            foreach (JournalBatch batch in page)
            {
                StreamChain.Verify(batch, sequence, chain, Setup.LedgerKey);
                EventBody body = new(stream, batch.FirstSequence, batch.Body.Span);
                while (body.TryRead(out ReadOnlySpan<byte> bytes))
                    fold.Apply(state, fold.DecodeEvent(bytes));
                (sequence, chain) = (batch.LastSequence, batch.Chain);
            }
        }

        return state;
    }

    private static SignedStatement Certify(ProxySetup setup)
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        NodeCertificate certificate = new(setup.Scope, setup.Node.PublicKey, now, now + (long)CertificateLifetime.TotalSeconds);
        return Statements.Sign(setup.Operator, certificate.ToStatement());
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Setup.Listen.Host}:{Port}");
}
