using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// One worker's connection. Streams are opened by jobs and report to them; offers, slots and load go to the fleet.
/// </summary>
internal sealed class WorkerLink(ILink link, LinkPeer peer, ProxyContext context) : ILinkHandler, IWorkerLink
{
    private const int ClaimsPerSecondMax = 512;

    private readonly Dictionary<uint, (ActorRef<JobMessage> Job, int Attempt)> attempts = [];
    private readonly Lock gate = new();
    private readonly WorkerLinkId id = context.NextLink();
    private bool connected;
    private long claimsSecond;
    private int claimsAsked;

    public ILink Link => link;

    public PublicKey Worker => peer.Key;

    /// <summary>Opens an attempt whose answers go to <paramref name="job"/>; 0 when the link takes no streams.</summary>
    public uint Open(WorkOpen work, ActorRef<JobMessage> job, int attempt)
    {
        // Registered under the same lock that the link's calls take, so that no answer can come before its owner is known.
        lock (gate)
        {
            uint stream = link.Open(StreamKind.Work, work, end: false);
            if (stream != 0)
                attempts[stream] = (job, attempt);
            return stream;
        }
    }

    public void Forget(uint stream)
    {
        lock (gate)
            attempts.Remove(stream);
    }

    /// <summary>Hands the worker the receipt of what it earned. One that is lost with the link the worker asks for, by its claim.</summary>
    public void SendReceipt(AttemptToken attempt, ByteString claim, Receipt receipt)
        => link.Send(0, FrameKind.WorkReceipt, new WorkReceipt { Attempt = (ulong)attempt.Value, Claim = claim, Receipt = receipt }, end: false);

    /// <summary>Answers a claim. A receipt that names another worker pays this one nothing.</summary>
    public void AnswerClaim(ByteString claim, WorkStanding standing, JobAnswer? known = null)
    {
        WorkReceipt answer = new() { Claim = claim, Standing = standing };
        if (IsOwn(known?.Receipt))
            answer.Receipt = known!.Receipt;
        else if (IsOwn(known?.HedgeReceipt))
            answer.Receipt = known!.HedgeReceipt;
        else if (standing != WorkStanding.Running)
            answer.Standing = WorkStanding.Unpaid;
        link.Send(0, FrameKind.WorkReceipt, answer, end: false);
    }

    private bool IsOwn(Receipt? receipt) => receipt is not null && ReceiptLeaf.TryRead(receipt.Leaf.Span, out ReceiptLeaf leaf) && leaf.Worker == Worker;

    public void ReturnSlots(long sequence, int slots)
        => link.Send(0, FrameKind.SlotReturn, new SlotReturn { Sequence = (ulong)sequence, Slots = (uint)slots }, end: false);

    public void EndReplaced() => link.Close(LinkReason.Replaced, "this worker's key connected once more: the newest connection counts");

    public void OnPeer(LinkPeer proven)
    {
    }

    /// <summary>Heads that a worker holds count as much as a client's: a ledger that lost them is found out.</summary>
    public void OnReady()
    {
        long now = context.System.Scheduler.UtcNow.ToUnixTimeSeconds();
        foreach (Head head in peer.Heads)
        {
            if (head.Root is null || !BatchRoot.TryRead(head.Root.Statement.Span, out BatchRoot claimed)
                || context.Shards.Find(claimed.Stream).Here is not { } shard
                || !BatchRoot.TryVerify(head, context.Settings.Scope, now, context.Verifier, out BatchRoot root))
                continue;
            shard.TellControl(new ProxyMessage.ToLedger(new PresentHead(new LedgerHead(root.Stream, root.LastSequence, root.ChainHash), default)));
        }
    }

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
        => link.Reset(stream, LinkReason.UnknownStreamKind, $"a proxy does not serve streams of kind {kind} to workers");

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
    {
        if (Find(stream) is not { } found)
            return;
        int length = (int)body.Length;
        byte[] copy = JobMessage.WorkerChunk.Bodies.Rent(length);
        body.CopyTo(copy);
        Deliver(found, new JobMessage.WorkerChunk(found.Attempt, copy, length));
    }

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end)
    {
        if (stream == 0)
        {
            TellFleet(message);
            return;
        }

        if (Find(stream) is not { } found)
            return;
        switch (message)
        {
            case JobFinal final:
                Deliver(found, new JobMessage.WorkerFinal(found.Attempt, final));
                break;
            case JobError error:
                Deliver(found, new JobMessage.WorkerError(found.Attempt, error));
                break;
            case Busy busy:
                Deliver(found, new JobMessage.WorkerBusy(found.Attempt, busy));
                break;
        }
    }

    public void OnReset(uint stream, LinkReason reason, string detail)
    {
        if (Find(stream) is { } found)
            Deliver(found, new JobMessage.WorkerLost(found.Attempt, $"the worker gave the stream up: {reason} {detail}"));
    }

    public void OnWritable(uint stream)
    {
        if (Find(stream) is { } found)
            found.Job.TellControl(new JobMessage.WorkerWritable(found.Attempt));
    }

    public void OnLoad(int running, int max) => context.Fleet.TellControl(new LoadReported(id, running, max));

    public void OnClosed(LinkEnd end)
    {
        (ActorRef<JobMessage> Job, int Attempt)[] orphans;
        lock (gate)
        {
            orphans = [.. attempts.OrderBy(entry => entry.Key).Select(entry => entry.Value)];
            attempts.Clear();
        }

        // The fleet first: a job that asks for another worker must not be given this one again.
        if (connected)
            context.Fleet.TellControl(new WorkerGone(id));
        foreach ((ActorRef<JobMessage> Job, int Attempt) orphan in orphans)
            Deliver(orphan, new JobMessage.WorkerLost(orphan.Attempt, $"the link to the worker ended: {end.Reason}", LinkEnded: true));
    }

    private void TellFleet(IMessage message)
    {
        switch (message)
        {
            case WorkerOffer offer:
                TakeOffer(offer);
                break;
            case SlotGrant grant:
                context.Fleet.TellControl(new SlotsGranted(id, (long)grant.Sequence, (int)Math.Min(grant.Slots, ushort.MaxValue)));
                break;
            case SlotReturn { Requested: true } wanted:
                context.Fleet.TellControl(new SlotsReclaimed(id, (int)Math.Min(wanted.Slots, ushort.MaxValue)));
                break;
            case ReceiptQuery query:
                AskForReceipts(query);
                break;
            case EarningsQuery query:
                EarningsRequests.Handle(link, query, peer.Key.Value, context);
                break;
            case Protocol.V1.Drain:
                context.Fleet.TellControl(new WorkerDraining(id));
                break;
            case PriceListQuery query:
                context.Fleet.TellControl(new DescribeFleet(new ReplyTo<FleetView>(new PriceListSink(link, query, context.Settings), 0)));
                break;
        }
    }

    /// <summary>Each claim may cost the ledger a look into its journal: so many a second, and what is not answered is asked again.</summary>
    private void AskForReceipts(ReceiptQuery query)
    {
        long second = (long)context.System.Scheduler.Now.TotalSeconds;
        if (second != claimsSecond)
            (claimsSecond, claimsAsked) = (second, 0);
        foreach (ByteString claim in query.Claims)
        {
            if (++claimsAsked > ClaimsPerSecondMax)
                return;
            if (!context.Receipts.Claims.TryRead(claim.Span, Worker, out JobId job))
                AnswerClaim(claim, WorkStanding.Unpaid);
            else
                context.PlaceOf(job.Account).Here?.TellControl(new ProxyMessage.WorkAsked(this, claim, job));
        }
    }

    private void TakeOffer(WorkerOffer offer)
    {
        if (!connected)
        {
            connected = true;
            PublicKey owner = offer.Owner.Length == Bytes32.Length ? new PublicKey(Bytes32.From(offer.Owner.Span)) : peer.Key;
            context.Fleet.TellControl(new WorkerConnected(id, this, peer.Key, owner, MachineOf(peer)));
        }

        EarningsRequests.TakeAddress(offer, peer.Key, context);
        context.Fleet.TellControl(new WorkerOffered(
            id,
            // No worker is believed to be attested before its evidence was verified.
            Tier.Open,
            [.. offer.Models.Take(64).Where(IsSane).Select(model => new ServedModel(
                model.Name,
                (int)model.ContextTokens,
                (int)model.MaxConcurrent,
                (int)model.CoefficientThousandths,
                model.Kinds.Where(kind => (int)kind is > 0 and < 32).Aggregate(0u, (mask, kind) => mask | (1u << (int)kind))))]));
    }

    /// <summary>Until a machine is attested it is the address that its connection comes from: seen here, not claimed there.</summary>
    private static Bytes32? MachineOf(LinkPeer peer)
    {
        if (peer.Address.Length == 0)
            return null;
        Bytes32 machine = default;
        SHA256.HashData(Encoding.UTF8.GetBytes(peer.Address), machine);
        return machine;
    }

    private static bool IsSane(ModelOffer model)
        => model.Name.Length is > 0 and <= 256 && model.ContextTokens is > 0 and <= 1 << 28 && model.MaxConcurrent is > 0 and <= 1 << 16
            && model.CoefficientThousandths <= Protocol.Money.JobTerms.CoefficientMax;

    /// <summary>Ordered behind the chunks that came before. A job that cannot keep up loses the attempt rather than a chunk.</summary>
    private static void Deliver((ActorRef<JobMessage> Job, int Attempt) to, JobMessage message)
    {
        if (to.Job.Tell(message) == Delivery.Full)
            to.Job.TellControl(new JobMessage.WorkerLost(to.Attempt, "the worker sent more chunks than its credit allows"));
    }

    private (ActorRef<JobMessage> Job, int Attempt)? Find(uint stream)
    {
        lock (gate)
            return attempts.TryGetValue(stream, out (ActorRef<JobMessage>, int) found) ? found : null;
    }
}
