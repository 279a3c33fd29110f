using Cocoon.Actors.Client;
using Cocoon.Actors.Cluster;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Simulation;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Tests.Proxy;

/// <summary>What a shard's actor does when a job's actor ends without a word.</summary>
public sealed class ProxyActorTests : IDisposable
{
    private const string Model = "tiny";
    private const int JobsMax = 50;
    private readonly RuntimeHarness harness = new(simulated: true);
    private readonly List<LedgerCommand> toLedger = [];
    private readonly RecordingLink link = new();
    private readonly ActorRef<ProxyMessage> shard;
    private readonly ClientLink client;
    private readonly NodeStanding standing = new();
    private readonly ShardDirectory<ProxyMessage> directory = new();

    public ProxyActorTests()
    {
        ProxySettings settings = new(default, 1, new PriceTable().With(Model)) { JobsPerAccountMax = JobsMax };
        ActorRef<FleetMessage> fleet = harness.System.Spawn("fleet", () => new Taking<FleetMessage>(static _ => { }));
        ProxyContext context = new(settings, harness.System, fleet, directory, null!, null!, standing);
        client = new ClientLink(link, new LinkPeer(Role.Client, FleetHarness.Key(1), null, 1, "test", []), context);
        shard = harness.System.Spawn("shard", () => new ProxyActor(context, () => new Taking<LedgerCommand>(toLedger.Add)));
    }

    public void Dispose() => harness.Dispose();

    [Fact]
    public async Task A_job_with_a_bug_is_released_and_its_client_told()
    {
        ActorRef<JobMessage> job = await AdmitAsync();
        job.Tell(new JobMessage.LastWordLate());
        await harness.UntilAsync(() => toLedger.OfType<Release>().Any());
        Assert.Equal(JobErrorCode.Internal, Assert.Single(link.Sent.OfType<JobError>()).Code);
    }

    [Fact]
    public async Task A_job_that_stops_with_its_node_is_not_called_failed()
    {
        ActorRef<JobMessage> job = await AdmitAsync();
        job.Stop();
        await harness.UntilAsync(() => toLedger.OfType<Release>().Any());
        await harness.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Empty(link.Sent);
    }

    [Fact]
    public async Task A_job_of_an_expired_session_is_not_said_to_have_cost_nothing()
    {
        shard.Tell(new ProxyMessage.Resume(client, 1, new ResumeOpen { Job = JobCall.NameOf(Request().Id), NextChunk = long.MaxValue }));
        await harness.UntilAsync(() => toLedger.OfType<QueryJob>().Any());
        toLedger.OfType<QueryJob>().First().Reply.Reply(new JobAnswer(JobStanding.TooOld, false, 0, default, 0, default));
        await harness.UntilAsync(() => link.Sent.Count > 0);
        JobError error = Assert.IsType<JobError>(Assert.Single(link.Sent));
        Assert.Equal(JobErrorCode.JobNumber, error.Code);
        Assert.Contains("may have been paid", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_whose_lease_is_in_doubt_does_not_say_that_a_job_is_unknown()
    {
        shard.Tell(new ProxyMessage.Resume(client, 1, new ResumeOpen { Job = JobCall.NameOf(Request().Id), NextChunk = long.MaxValue }));
        await harness.UntilAsync(() => toLedger.OfType<QueryJob>().Any());
        toLedger.OfType<QueryJob>().First().Reply.Reply(new JobAnswer(JobStanding.Unknown, false, 0, default, 0, default));
        await harness.PassAsync(TimeSpan.FromMilliseconds(500));
        Assert.Empty(link.Sent);

        standing.Renewed(new Incarnation(1), TimeSpan.MaxValue);
        await harness.UntilAsync(() => toLedger.OfType<QueryJob>().Count() == 2);
        toLedger.OfType<QueryJob>().Last().Reply.Reply(new JobAnswer(JobStanding.Unknown, false, 0, default, 0, default));
        await harness.UntilAsync(() => link.Sent.Count > 0);
        Assert.NotNull(Assert.IsType<ResumeAnswer>(Assert.Single(link.Sent)).Unknown);
    }

    [Fact]
    public async Task A_running_job_may_be_asked_for_any_number_of_times_but_not_at_once()
    {
        int heard = 0;
        ActorRef<JobMessage> job = harness.System.Spawn("job", () => new Taking<JobMessage>(_ => heard++));
        shard.Tell(new ProxyMessage.Admit(Request(), job, client, Stream: 1));
        await harness.UntilAsync(() => toLedger.OfType<Reserve>().Any());
        for (uint i = 0; i < 3000; i++)
        {
            shard.Tell(Resume(stream: 3 + (2 * i)));
            await harness.UntilAsync(() => heard == i + 1);
            shard.Tell(new ProxyMessage.ResumeHeard(Request().Id, job));
        }

        await harness.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Empty(link.Sent);

        for (uint i = 0; i < 1025; i++)
            shard.TellControl(Resume(stream: 9001 + (2 * i)));
        await harness.UntilAsync(() => link.Sent.Count > 0);
        Assert.Equal(JobErrorCode.RateLimit, Assert.IsType<JobError>(Assert.Single(link.Sent)).Code);
    }

    [Fact]
    public async Task Questions_that_the_ledger_does_not_answer_are_bounded_for_an_account()
    {
        for (uint i = 0; i <= JobsMax; i++)
            shard.Tell(Resume(stream: 1 + (2 * i)));
        await harness.UntilAsync(() => link.Sent.Count > 0);
        Assert.Equal(JobErrorCode.RateLimit, Assert.IsType<JobError>(Assert.Single(link.Sent)).Code);
        await harness.UntilAsync(() => toLedger.OfType<QueryJob>().Count() == JobsMax);

        toLedger.OfType<QueryJob>().First().Reply.Reply(new JobAnswer(JobStanding.Open, false, 1, default, 0, default));
        await harness.UntilAsync(() => link.Sent.Count == 2);
        shard.Tell(Resume(stream: 1001));
        await harness.PassAsync(TimeSpan.FromMilliseconds(10));
        Assert.Equal(JobsMax + 1, toLedger.OfType<QueryJob>().Count());
        Assert.Equal(2, link.Sent.Count);
    }

    [Fact]
    public async Task A_cancellation_that_overtakes_its_jobs_return_is_not_lost()
    {
        List<JobMessage> heard = [];
        ActorRef<JobMessage> job = harness.System.Spawn("job", () => new Taking<JobMessage>(heard.Add));
        directory.Replace([], new Dictionary<StreamId, ShardPlace<ProxyMessage>> { [StreamId.OfShard(0)] = new(shard, "here") });
        client.OnOpen(1, StreamKind.Resume, Resume(1).Open, end: true);
        client.OnMessage(1, FrameKind.Cancel, new Cancel { Reason = "enough" }, end: true);
        client.Attach(1, job);
        await harness.UntilAsync(() => heard.Count > 0);
        Assert.IsType<JobMessage.ClientCancelled>(Assert.Single(heard));
    }

    private ProxyMessage.Resume Resume(uint stream) => new(client, stream, new ResumeOpen { Job = JobCall.NameOf(Request().Id), NextChunk = 1 });

    private async Task<ActorRef<JobMessage>> AdmitAsync()
    {
        ActorRef<JobMessage> job = harness.System.Spawn(
            "job", () => new Taking<JobMessage>(static _ => throw new InvalidOperationException("a bug")), new SpawnOptions(Restart: RestartPolicy.Never));
        shard.Tell(new ProxyMessage.Admit(Request(), job, client, Stream: 1));
        await harness.UntilAsync(() => toLedger.OfType<Reserve>().Any());
        return job;
    }

    private JobRequest Request() => new()
    {
        Id = new JobId(client.Account, SessionId.Open(1_800_000_000, 1), 1),
        Header = new JobHeader { Model = Model },
        Model = Model,
        Tier = Tier.Open,
        OutputMax = 10,
        Choices = 1,
        PromptBound = 10,
        Media = [],
        CoefficientCap = 1_000,
        TimeLeft = TimeSpan.FromMinutes(1),
        Purse = 0,
    };
}
