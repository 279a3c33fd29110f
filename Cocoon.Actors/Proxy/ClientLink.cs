using System.Buffers;
using Cocoon.Actors.Cluster;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// One client's connection. Each of its job streams goes to that job's actor; what concerns the account goes to the account's shard.
/// </summary>
internal sealed class ClientLink(ILink link, LinkPeer peer, ProxyContext context) : ILinkHandler
{
    // Without a job: a stream that asks for one, and is answered or taken over.
    private readonly Dictionary<uint, ActorRef<JobMessage>?> jobs = [];
    private readonly HashSet<uint> cancelled = [];
    private readonly Lock gate = new();
    private bool ended;
    private bool counted;

    public ILink Link => link;

    /// <summary>Whether the connection is over.</summary>
    public bool Ended
    {
        get
        {
            lock (gate)
                return ended;
        }
    }

    public PublicKey AccountKey => peer.Key;

    public AccountId Account { get; } = peer.Account;

    /// <summary>
    /// From now on the stream belongs to <paramref name="job"/>, which hears at once if the link has ended meanwhile, or the client has
    /// cancelled what it was still asking for.
    /// </summary>
    public void Attach(uint stream, ActorRef<JobMessage> job)
    {
        JobMessage? missed = null;
        lock (gate)
        {
            if (ended)
                missed = new JobMessage.ClientLost(this, OnPurpose: false);
            else if (cancelled.Remove(stream))
                missed = new JobMessage.ClientCancelled("the client cancelled while it was coming back");
            if (!ended)
                jobs[stream] = job;
        }

        if (missed is not null)
            job.TellControl(missed);
    }

    public void Forget(uint stream)
    {
        lock (gate)
        {
            jobs.Remove(stream);
            cancelled.Remove(stream);
        }
    }

    /// <summary>Ends the stream with an error.</summary>
    public void Fail(uint stream, JobErrorCode code, string reason)
    {
        Forget(stream);
        link.Send(stream, FrameKind.JobError, new JobError { Code = code, Reason = reason }, end: true);
    }

    /// <summary>Ends a stream that asked for a job with all that is to be said.</summary>
    public void Answer(uint stream, ResumeAnswer answer)
    {
        Forget(stream);
        link.Send(stream, FrameKind.ResumeAnswer, answer, end: true);
    }

    /// <summary>Ends the stream: whatever it is about goes on where the account's shard is served.</summary>
    public void SendMoved(uint stream)
    {
        Forget(stream);
        SendMoved(stream, context.PlaceOf(Account));
    }

    public void OnPeer(LinkPeer proven)
    {
    }

    public void OnReady()
    {
        counted = true;
        context.ClientCame();
        ShardPlace<ProxyMessage> place = context.PlaceOf(Account);
        place.Here?.TellControl(new ProxyMessage.ClientConnected(this, peer.Heads));
    }

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
    {
        ShardPlace<ProxyMessage> place = context.PlaceOf(Account);
        if (place.Here is not { } shard)
        {
            SendMoved(stream, place);
            return;
        }

        switch (open)
        {
            case JobOpen job:
                OpenJob(stream, job, shard, end);
                break;
            case ResumeOpen resume:
                lock (gate)
                    jobs[stream] = null;
                shard.TellControl(new ProxyMessage.Resume(this, stream, resume));
                break;
            default:
                link.Reset(stream, LinkReason.UnknownStreamKind, $"a proxy does not serve streams of kind {kind} to clients");
                break;
        }
    }

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
    {
        // The stream's credit bounds what waits in the job's mailbox; a flood of tiny parts fills it and ends the job.
        if (Find(stream) is { } job && job.Tell(new JobMessage.BodyPart(body.ToArray(), end)) == Delivery.Full)
            job.TellControl(new JobMessage.ClientCancelled("more parts of the body than the job can hold: send larger ones"));
    }

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end)
    {
        if (stream == 0)
        {
            ShardPlace<ProxyMessage> place = context.PlaceOf(Account);
            if (place.Here is { } shard)
                shard.TellControl(new ProxyMessage.FromAccount(this, message));
            else
                SendMoved(0, place);
        }
        else if (message is Cancel cancel)
        {
            Cancel(stream, cancel.Reason);
        }
    }

    public void OnReset(uint stream, LinkReason reason, string detail) => Cancel(stream, $"the client gave the stream up: {reason} {detail}");

    public void OnWritable(uint stream) => Find(stream)?.TellControl(new JobMessage.ClientWritable(this));

    public void OnLoad(int running, int max)
    {
    }

    public void OnClosed(LinkEnd end)
    {
        if (counted)
            context.ClientLeft();
        ActorRef<JobMessage>[] orphans;
        lock (gate)
        {
            ended = true;
            orphans = [.. jobs.OrderBy(entry => entry.Key).Select(entry => entry.Value).OfType<ActorRef<JobMessage>>()];
            jobs.Clear();
            cancelled.Clear();
        }

        bool onPurpose = end is { ByPeer: true, Reason: LinkReason.Done };
        foreach (ActorRef<JobMessage> job in orphans)
            job.TellControl(new JobMessage.ClientLost(this, onPurpose));
    }

    private void OpenJob(uint stream, JobOpen open, ActorRef<ProxyMessage> shard, bool end)
    {
        if (!JobRequest.TryRead(open.Header, Account, context.Settings, out JobRequest request, out JobError error))
        {
            context.Refusals.Count(error.Code);
            link.Send(stream, FrameKind.JobError, error, end: true);
            return;
        }

        // Under the lock, so that a job that is over at once is forgotten after it was noted and not before.
        ActorRef<JobMessage> job;
        lock (gate)
        {
            job = context.System.Spawn("job", () => new JobActor(context, this, stream, request, shard), JobActor.Options);
            Attach(stream, job);
        }

        if (end)
            job.Tell(new JobMessage.BodyPart([], End: true));
    }

    private void SendMoved(uint stream, ShardPlace<ProxyMessage> place)
    {
        if (context.StoppedReason(StreamId.OfShard(Account.Shard(context.Settings.ShardCount))) is { } stopped)
        {
            link.Close(LinkReason.LedgerStopped, stopped);
            return;
        }

        Moved moved = new() { Shard = (uint)Account.Shard(context.Settings.ShardCount), MapVersion = (ulong)context.Shards.Version };
        if (place.Here is null && Endpoints.TryRead(place.Endpoint, out Endpoint endpoint))
            moved.Endpoints.Add(endpoint);
        link.Send(stream, FrameKind.Moved, moved, end: stream != 0);
    }

    private void Cancel(uint stream, string why)
    {
        ActorRef<JobMessage>? job;
        lock (gate)
        {
            if (jobs.TryGetValue(stream, out job) && job is null)
                cancelled.Add(stream);
        }

        job?.TellControl(new JobMessage.ClientCancelled(why));
    }

    private ActorRef<JobMessage>? Find(uint stream)
    {
        lock (gate)
            return jobs.GetValueOrDefault(stream);
    }
}
