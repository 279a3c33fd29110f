using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Worlds;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Simulation.Peers;

/// <summary>
/// A client's side of jobs: sends each to the node that owns its shard, follows Moved, and sends it again under the same id until it is
/// settled or refused for good.
/// </summary>
internal sealed class ClientPeer : Actor<PeerEvent>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(50);
    private readonly World world;
    private readonly NodeLife life;
    private readonly JobBook book;
    private readonly SeededRandom chance;
    private readonly LinkIdentity identity;
    private readonly AccountId account;
    private readonly SessionId session;
    private readonly SortedDictionary<long, Job> jobs = [];
    private readonly Dictionary<string, PeerLink> links = [];
    private string home;
    private long lastNumber;

    public ClientPeer(World world, NodeLife life, int number, JobBook book, SeededRandom chance)
    {
        this.world = world;
        this.life = life;
        this.book = book;
        this.chance = chance;
        identity = PeerIdentity.Client(number);
        account = AccountId.Of(identity.Signer.PublicKey);
        session = SessionId.Open(life.Scheduler.UtcNow.ToUnixTimeSeconds(), (uint)chance.NextBits());
        home = PeerIdentity.ProxyName(chance.Below(world.Options.Proxies));
    }

    private sealed record NewJob : PeerEvent
    {
        public static readonly NewJob Now = new();
    }

    private sealed record Again(long Number) : PeerEvent;

    private sealed record GiveUp(long Number, int Try) : PeerEvent;

    protected override void OnStart() => Plan();

    protected override void Receive(PeerEvent message)
    {
        switch (message)
        {
            case NewJob:
                Plan();
                Begin();
                break;
            case Again again:
                if (jobs.TryGetValue(again.Number, out Job? waiting))
                    Submit(waiting);
                break;
            case GiveUp late:
                if (jobs.TryGetValue(late.Number, out Job? slow) && slow.Tries == late.Try)
                    Abandon(slow);
                break;
            case PeerEvent.Ready ready:
                foreach (Job job in jobs.Values.Where(job => job.WaitsFor == ready.Link).ToArray())
                    Submit(job);
                break;
            case PeerEvent.Got got:
                Answered(got);
                break;
            case PeerEvent.StreamLost lost:
                if (Find(lost.Link, lost.Stream) is { } cut)
                    RetryLater(cut);
                break;
            case PeerEvent.Closed closed:
                Closed(closed.Link);
                break;
        }
    }

    private void Plan()
    {
        TimeSpan mean = TimeSpan.FromSeconds(1) * world.Options.Clients / Math.Max(1, world.Options.JobsPerSecond);
        StartTimer(chance.Between(TimeSpan.Zero, mean * 2), NewJob.Now);
    }

    private void Begin()
    {
        if (!book.TakesJobs)
            return;
        Job job = new(new JobId(account, session, ++lastNumber));
        jobs.Add(job.Id.Number, job);
        book.Submit(job.Id);
        Submit(job);
    }

    private void Submit(Job job)
    {
        job.WaitsFor = null;
        PeerLink link = LinkTo(home);
        if (!link.IsReady)
        {
            job.WaitsFor = link;
            return;
        }

        JobOpen open = new()
        {
            Header = new JobHeader
            {
                Job = new Protocol.V1.JobId
                {
                    Account = ByteString.CopyFrom(account.Value.AsSpan()),
                    Session = session.Value,
                    Number = (ulong)job.Id.Number,
                },
                Model = "simulated",
                MaxOutputTokens = 512,
                PromptBytesMax = 2000,
                TimeLeftMs = (ulong)Patience.TotalMilliseconds,
            },
        };
        uint stream = link.Link.Open(StreamKind.Job, open, end: true);
        if (stream == 0)
        {
            RetryLater(job);
            return;
        }

        if (job.Tries++ > 0)
            book.Retry();
        (job.Link, job.Stream) = (link, stream);
        job.Deadline = StartTimer(Patience, new GiveUp(job.Id.Number, job.Tries));
    }

    private PeerLink LinkTo(string host)
    {
        if (!links.TryGetValue(host, out PeerLink? link))
            links.Add(host, link = PeerIdentity.Dial(life.Transport, Self, host, identity));
        return link;
    }

    private void Answered(PeerEvent.Got got)
    {
        if (Find(got.Link, got.Stream) is not { } job)
            return;
        switch (got.Message)
        {
            case JobFinal:
                Settled(job);
                break;
            case Moved moved:
                job.Forget();
                if (moved.Endpoints.Count > 0)
                    home = moved.Endpoints[0].Host;
                RetryLater(job);
                break;
            case JobError { Code: JobErrorCode.Balance or JobErrorCode.Ceiling or JobErrorCode.BadRequest }:
                job.Forget();
                jobs.Remove(job.Id.Number);
                book.Refuse(job.Id);
                break;
            case JobError { Code: JobErrorCode.Interrupted }:
                job.Forget();
                jobs.Remove(job.Id.Number);
                book.Interrupt(job.Id);
                break;
            case JobError:
                RetryLater(job);
                break;
        }
    }

    private void Settled(Job job)
    {
        job.Forget();
        jobs.Remove(job.Id.Number);
        book.Acknowledge(job.Id);
    }

    private void Abandon(Job job)
    {
        job.Link?.Link.Send(job.Stream, FrameKind.Cancel, new Cancel { Reason = "no answer" }, end: true);
        NextHome();
        RetryLater(job);
    }

    private void RetryLater(Job job)
    {
        job.Forget();
        StartTimer(chance.Between(RetryMin, RetryMin * 16 * Math.Clamp(job.Tries, 1, 4)), new Again(job.Id.Number));
    }

    private void Closed(PeerLink link)
    {
        if (links.GetValueOrDefault(link.Remote) == link)
            links.Remove(link.Remote);
        if (home == link.Remote)
            NextHome();
        foreach (Job job in jobs.Values)
        {
            if (job.Link == link || job.WaitsFor == link)
                RetryLater(job);
        }
    }

    private void NextHome() => home = PeerIdentity.ProxyName(chance.Below(world.Options.Proxies));

    private Job? Find(PeerLink link, uint stream)
    {
        foreach (Job job in jobs.Values)
        {
            if (job.Link == link && job.Stream == stream)
                return job;
        }

        return null;
    }

    private sealed class Job(JobId id)
    {
        public JobId Id => id;

        public int Tries { get; set; }

        public PeerLink? Link { get; set; }

        public uint Stream { get; set; }

        public PeerLink? WaitsFor { get; set; }

        public ActorTimer? Deadline { get; set; }

        public void Forget()
        {
            Link = null;
            WaitsFor = null;
            Deadline?.Cancel();
            Deadline = null;
        }
    }
}
