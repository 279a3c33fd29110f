using System.Buffers;
using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Network;
using Cocoon.Tests.Ledger;
using Cocoon.Tests.Simulation;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Tests.Proxy;

/// <summary>One job between a client, a worker, a fleet and a shard that do what the test says: messages that come in an order that is seldom met.</summary>
public sealed class JobActorTests : IDisposable
{
    private const string Model = "tiny";
    private readonly RuntimeHarness harness = new(simulated: true);
    private readonly List<ProxyMessage> toShard = [];
    private readonly List<FleetMessage> toFleet = [];
    private readonly RecordingLink clientEnd = new();
    private readonly RecordingLink workerEnd = new();
    private readonly ClientLink client;
    private readonly ProxyContext context;
    private readonly ActorRef<ProxyMessage> shard;
    private readonly ActorRef<JobMessage> job;

    public JobActorTests()
    {
        ProxySettings settings = new(PeerIdentity.Scope, 1, new PriceTable().With(Model)) { InstalmentAmount = new NanoTon(1000) };
        ActorRef<FleetMessage> fleet = harness.System.Spawn("fleet", () => new Taking<FleetMessage>(toFleet.Add));
        LinkIdentity proxy = PeerIdentity.Proxy(0);
        ReceiptAuthority receipts = new(PeerIdentity.Scope, proxy.Signer, proxy.Certificate!, LedgerWorld.Key);
        context = new ProxyContext(settings, harness.System, fleet, new ShardDirectory<ProxyMessage>(), SimulatedSigner.Verifier, receipts, new NodeStanding());
        client = NewClient(clientEnd);
        shard = harness.System.Spawn("shard", () => new Taking<ProxyMessage>(toShard.Add));
        JobRequest request = Request();
        job = harness.System.Spawn("job", () => new JobActor(context, client, 1, request, shard), JobActor.Options);
        client.Attach(1, job);
    }

    public void Dispose() => harness.Dispose();

    [Fact]
    public async Task A_worker_that_says_busy_amid_its_answer_has_failed()
    {
        await RunAsync();
        await SayAsync(0);
        job.Tell(new JobMessage.WorkerBusy(1, new Busy()));
        Settle settle = await SettleAsync(final: true);
        Assert.Equal(new UsageAmount(UsageClass.Completion, 1), settle.Usage[^1]);
        Assert.IsType<AttemptFailed>(Assert.Single(toFleet.OfType<ReleaseAttempt>()).Outcome);
    }

    [Fact]
    public async Task A_worker_whose_chunk_is_out_of_order_is_stopped()
    {
        await RunAsync();
        await SayAsync(0);
        job.Tell(Chunk(5));
        await SettleAsync(final: true);
        Assert.Single(workerEnd.WereReset);
    }

    [Fact]
    public async Task A_worker_that_floods_the_job_is_stopped()
    {
        await RunAsync();
        await SayAsync(0);
        job.TellControl(new JobMessage.WorkerLost(1, "more chunks than its credit allows"));
        await SettleAsync(final: true);
        Assert.Single(workerEnd.WereReset);
    }

    [Fact]
    public async Task What_an_account_did_not_cover_is_not_asked_for_again_with_every_chunk()
    {
        await RunAsync();
        for (int number = 0; number < 7; number++)
            await SayAsync(number);
        Settle settle = await SettleAsync(final: false);
        settle.Reply.Reply(new SettleAnswer(LedgerRefusal.None, "", default, default, new NanoTon(2000), 1, default));
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));
        await SayAsync(7);
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.Single(Settles);
    }

    [Fact]
    public async Task The_end_of_an_older_connection_does_not_take_the_last_word_from_a_client_that_is_back()
    {
        RecordingLink secondEnd = new();
        ClientLink second = NewClient(secondEnd);
        await EndWithRepeatsAsync(second, secondEnd);
        job.TellControl(new JobMessage.ClientLost(client, OnPurpose: false));
        await harness.PassAsync(TimeSpan.FromMilliseconds(10));
        secondEnd.IsFull = false;
        job.TellControl(new JobMessage.ClientWritable(second));
        await harness.UntilAsync(() => secondEnd.Sent.OfType<JobFinal>().Any());
    }

    [Fact]
    public async Task A_client_that_does_not_take_its_last_chunks_is_told_the_end_all_the_same()
    {
        RecordingLink secondEnd = new();
        await EndWithRepeatsAsync(NewClient(secondEnd), secondEnd);
        await harness.PassAsync(TimeSpan.FromSeconds(6));
        Assert.Equal(1ul, Assert.Single(secondEnd.Sent.OfType<JobFinal>()).Chunks);
        Assert.Single(toShard.OfType<ProxyMessage.JobOver>());
    }

    private IEnumerable<Settle> Settles => toShard.OfType<ProxyMessage.ToLedger>().Select(told => told.Command).OfType<Settle>();

    /// <summary>The job is settled, and a client that came back has still to take its chunk.</summary>
    private async Task EndWithRepeatsAsync(ClientLink second, RecordingLink secondEnd)
    {
        await RunAsync();
        await SayAsync(0);
        job.Tell(new JobMessage.WorkerFinal(1, new JobFinal()));
        Settle settle = await SettleAsync(final: true);
        secondEnd.IsFull = true;
        job.TellControl(new JobMessage.Resumed(second, 1, 0, 0));
        await harness.UntilAsync(() => secondEnd.Sent.OfType<ResumeAnswer>().Any());
        settle.Reply.Reply(new SettleAnswer(LedgerRefusal.None, "", default, default, default, 1, default));
        await harness.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.Empty(secondEnd.Sent.OfType<JobFinal>());
    }

    private async Task RunAsync()
    {
        job.Tell(new JobMessage.BodyPart([1], End: true));
        job.TellControl(new JobMessage.Admitted(new ReserveAnswer(LedgerRefusal.None, "", new NanoTon(NanoTon.PerTon), 1000)));
        await harness.UntilAsync(() => toFleet.OfType<AcquireWorker>().Any());
        WorkerLink worker = new(workerEnd, new LinkPeer(Role.Worker, FleetHarness.Key(2), null, 1, "test", []), context);
        AcquireWorker asked = toFleet.OfType<AcquireWorker>().First();
        asked.ReplyTo.Reply(new Assigned(
            asked.Request, new AttemptToken(1), new WorkerLinkId(1), worker, FleetHarness.Key(2), 1, Tier.Open, 1000, 1, 0, default, default, null, null));
        await harness.UntilAsync(() => workerEnd.DataFrames == 1);
    }

    private async Task SayAsync(int number)
    {
        int before = clientEnd.DataFrames;
        job.Tell(Chunk(number));
        await harness.UntilAsync(() => clientEnd.DataFrames > before);
    }

    private static JobMessage.WorkerChunk Chunk(int number)
    {
        ChunkUsage usage = default;
        if (number == 0)
            usage.Add(new UsageAmount(UsageClass.Prompt, 1));
        usage.Add(new UsageAmount(UsageClass.Completion, 1));
        byte[] body = ArrayPool<byte>.Shared.Rent(4096);
        int length = new ChunkHeader(number, ChunkFinish.None, usage).Write(body);
        "some words"u8.CopyTo(body.AsSpan(length));
        return new JobMessage.WorkerChunk(1, body, length + 10);
    }

    private async Task<Settle> SettleAsync(bool final)
    {
        await harness.UntilAsync(() => Settles.Any(settle => settle.Final == final));
        return Settles.First(settle => settle.Final == final);
    }

    private ClientLink NewClient(RecordingLink link) => new(link, new LinkPeer(Role.Client, FleetHarness.Key(1), null, 1, "test", []), context);

    private static JobRequest Request() => new()
    {
        Id = new JobId(AccountId.Of(FleetHarness.Key(1)), SessionId.Open(1_800_000_000, 1), 1),
        Header = new JobHeader { Model = Model },
        Model = Model,
        Tier = Tier.Open,
        OutputMax = 1000,
        Choices = 1,
        PromptBound = 10,
        Media = [],
        CoefficientCap = 1_000,
        TimeLeft = TimeSpan.FromMinutes(1),
        Purse = 0,
    };
}
