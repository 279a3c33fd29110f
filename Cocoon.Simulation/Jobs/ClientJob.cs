using Cocoon.Actors.Client;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Metering;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Cocoon.Simulation.Network;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Simulation.Jobs;

/// <summary>One job of a client, and everything that must be true of what comes back: text, order, cost, receipt.</summary>
internal sealed class ClientJob : IJobCallOwner
{
    /// <summary>How long after its time a job's end may take: settlements are tried for a minute.</summary>
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(75);

    private static readonly TimeSpan PlaceAgainAfter = TimeSpan.FromMilliseconds(100);

    private readonly ClientActor client;
    private readonly JobBook book;
    private readonly JobSeal? seal;
    private readonly byte[] body;
    private TimeSpan deadline;
    private bool sent;
    private EngineRun? run;
    private int chunks;
    private ChunkUsage received;

    public ClientJob(ClientActor client, ClientParts parts, JobId id, JobOrder order)
    {
        this.client = client;
        book = parts.Book;
        seal = parts.Seal;
        Id = id;
        Order = order;
        Plan = order.Plan(id.ToString());
        byte[] plain = Plan.ToBody(order.BodyBytes);
        body = seal?.Apply(plain) ?? plain;
        Call = new JobCall(id, body, client.Receipts, this);
    }

    public JobId Id { get; }

    public JobOrder Order { get; }

    public JobPlan Plan { get; }

    public JobCall Call { get; }

    /// <summary>The terms of the worker that began to answer.</summary>
    public JobAccepted? Terms { get; private set; }

    public void Begin()
    {
        deadline = client.Time + Order.Limit;
        book.Submit(Id, client.Machine);
        client.After(Order.Limit + EndGrace, new ClientEvent.PatienceOver(this));
        if (Order.CancelAfter is { } wait)
            client.After(wait, new ClientEvent.CancelDue(this));
    }

    /// <summary>Sends it, or goes on with it, over a connection.</summary>
    public void Place(ICallConnection on)
    {
        if (Call.IsOver || Call.IsOn(on))
            return;
        if (sent)
            book.Resume();
        Call.Place(on);
    }

    public void Cancel()
    {
        if (!Call.Cancel("the user cancelled"))
            return;
        client.Ended(this, NanoTon.Zero);
        book.Cancel(Id);
        if (Order.LooksUp)
            client.After(TimeSpan.FromSeconds(3), new ClientEvent.LookUpDue(this));
    }

    public void GiveUp()
    {
        if (Call.Cancel(JobBook.PatienceOver))
            OnEnd(new JobCallEnd(null, new JobError { Code = JobErrorCode.Deadline, Reason = JobBook.PatienceOver }, null, null));
    }

    public JobHeader Header() => HeaderWith(deadline - client.Time);

    public JobHeader HeaderWith(TimeSpan left)
    {
        sent = true;
        return new JobHeader
        {
            Job = JobCall.NameOf(Id),
            Model = SimulatedEngine.Model,
            Tier = Tier.Open,
            Kind = JobKind.ChatCompletions,
            MaxOutputTokens = (uint)(Order.OutputMax > 0 ? Order.OutputMax : Plan.OutputMax),
            PromptBytesMax = (ulong)(Plan.PromptTokens + body.Length),
            TimeLeftMs = (ulong)Math.Max(1, left.TotalMilliseconds),
            Stream = true,
            BodyBytes = (ulong)body.Length,
            Purse = Order.Purse,
            BodySeal = seal?.Name ?? Google.Protobuf.ByteString.Empty,
        };
    }

    /// <summary>It was settled, sent once more, and somebody worked on it again. A liar's header may have named another job.</summary>
    public void RanAgain()
    {
        if (!IsLiar)
            book.RanAgain(Id);
    }

    /// <summary>Nobody has heard of it. A liar's question may have named another job.</summary>
    public void ToldUnknown()
    {
        if (!IsLiar)
            book.ToldUnknown(Id);
    }

    public JobCall CallAgain(IJobCallOwner owner) => new(Id, body, client.Receipts, owner);

    public void OnAccepted(JobAccepted terms) => Terms = terms;

    public void OnChunk(ReadOnlyMemory<byte> payload, in ChunkUsage usage)
    {
        received = UsageBounds.Sum(received, usage);
        if (IsTainted)
            return;
        ReadOnlySpan<byte> text = seal is null ? payload.Span : seal.Apply(payload.Span);
        if (!EngineRun.TryRead(text, out int number, out int chunk) || book.Engines.Find(number) is not { } from)
        {
            book.Violated($"job {Id} received what no engine gave");
            return;
        }

        run ??= from;
        if (from != run || chunk != chunks || chunk >= run.Given || run.Plan.Name != Plan.Name)
            book.Violated($"job {Id} received chunk {chunk} of run {number} where chunk {chunks} of run {run.Number} was to come");
        chunks++;
    }

    public void OnInstalment(Receipt receipt, bool valid)
    {
        if (!valid && !IsLiar)
            book.Violated($"job {Id} was given a receipt of an instalment that does not verify");
    }

    public void OnMoved(ICallConnection from, Moved moved) => client.Moved(from, moved);

    public bool OnDraining(ICallConnection from)
    {
        client.Draining(from);
        return true;
    }

    /// <summary>The next connection places it when it is greeted; this is for one that stands and had no room.</summary>
    public void OnAdrift() => client.After(PlaceAgainAfter, new ClientEvent.PlaceDue(this));

    public void OnEnd(JobCallEnd end)
    {
        NanoTon cost = new(end.Final?.CostNanoTon ?? end.Error!.CostNanoTon);
        client.Ended(this, cost);
        bool isKept = !end.ReceiptValid || !BatchRoot.TryRead(end.Receipt!.Root.Statement.Span, out BatchRoot root)
            || client.HeadOf(root.Stream)?.Sequence >= root.LastSequence;
        if (!isKept)
            book.Violated($"the client of job {Id} does not keep the head of its receipt");
        if (end.Error is { Code: JobErrorCode.Purse or JobErrorCode.PurseBudget } refused)
            client.PurseRefused(refused.Code);
        if (end.Final is { } final)
            Finish(final, end);
        else
            Fail(end.Error!, end);
    }

    /// <summary>Most that what engines gave for this job may cost, at the terms it was told.</summary>
    public NanoTon CostMax()
    {
        // Lies are cut to the header's bounds.
        UsageAmount[] bound =
        [
            new(UsageClass.Prompt, Plan.PromptTokens + body.Length + book.TemplateTokens),
            new(UsageClass.Completion, Order.OutputMax > 0 ? Order.OutputMax : Plan.OutputMax),
        ];
        // A liar's body may have reached the engine under another name.
        return IsLiar || book.Engines.Of(Plan.Name).Any(attempt => attempt.Given > 0) ? PriceOf(bound) : NanoTon.Zero;
    }

    private static string WhatIsWrong(Receipt? receipt)
    {
        if (receipt is null)
            return "there is none";
        ReceiptVerdict verdict = ReceiptVerifier.Verify(receipt, PeerIdentity.Scope, SimulatedSigner.Verifier, out ReceiptLeaf? leaf, out _);
        return $"{verdict}, {leaf?.Kind} {leaf?.Instalment} of {leaf?.Account}/{leaf?.Session:x}/{leaf?.Number} by worker {leaf?.Worker}";
    }

    private void Finish(JobFinal final, JobCallEnd end)
    {
        if (!IsTainted && (run is null || !run.Finished || chunks != run.Plan.Chunks))
            book.Violated($"job {Id} was told its answer is whole after {chunks} of {Plan.Chunks} chunks");
        if (!end.ReceiptValid && !IsLiar)
            book.Violated($"job {Id} finished with a receipt that does not verify: {WhatIsWrong(end.Receipt)}");
        if (final.CostNanoTon > PriceOf(Received()).Value)
            book.Violated($"job {Id} cost {final.CostNanoTon}, what was relayed costs {PriceOf(Received())}");
        if (!Received().SequenceEqual(final.Usage.Select(used => new UsageAmount((UsageClass)used.UsageClass, (long)used.Amount))))
            book.Violated($"job {Id} was billed for {final.Usage}, it received {string.Join(' ', Received())}");
        if (end.ReceiptValid && client.Receipts.CheckJob(end.Receipt, Id, out ReceiptLeaf? leaf) && leaf!.Cost.Value != final.CostNanoTon)
            book.Violated($"job {Id} was told it cost {final.CostNanoTon}, its receipt says {leaf.Cost}");
        // A frame of a liar's that was altered may have asked for another job: that one's receipt does not verify for this one.
        book.Acknowledge(Id, end.Receipt, isThisJob: end.ReceiptValid || !IsLiar);
        if (Order.Resubmits)
            client.After(TimeSpan.FromSeconds(1), new ClientEvent.ResubmitDue(this));
    }

    private void Fail(JobError error, JobCallEnd end)
    {
        bool isKnownPart = error.Code != JobErrorCode.Interrupted;
        NanoTon most = isKnownPart ? PriceOf(Received()) : CostMax();
        if (error.CostNanoTon > most.Value)
            book.Violated($"job {Id} ended with {error.Code} and cost {error.CostNanoTon}, at most {most} was to be paid");
        if (error.CostNanoTon > 0 && !end.ReceiptValid && !IsLiar)
            book.Violated($"job {Id} ended with {error.Code}, cost {error.CostNanoTon} and has no valid receipt");
        book.Fail(Id, error, end.Receipt);
    }

    private UsageAmount[] Received()
    {
        UsageAmount[] amounts = new UsageAmount[received.Count];
        for (int i = 0; i < amounts.Length; i++)
            amounts[i] = received[i];
        return amounts;
    }

    /// <summary>A liar's own frames may be altered under way: what it is answered is then anybody's guess, but never its price.</summary>
    private bool IsLiar => book.Liars.Contains(client.Key);

    /// <summary>Whether the text may have been altered by whoever wrote it.</summary>
    private bool IsTainted => IsLiar || (Terms is not null && book.Liars.Contains(new PublicKey(Bytes32.From(Terms.Worker.Span))));

    /// <summary>At the price that was told, or at the default cap when it was not.</summary>
    private NanoTon PriceOf(UsageAmount[] usage)
    {
        JobTerms terms = Terms is null
            ? new JobTerms(PriceTable.DefaultRates, 2000, 500)
            : new JobTerms(Terms.Price.Select(price => new Rate((UsageClass)price.UsageClass, price.NanoTonPerMillion)), 1000, 500);
        return terms.Price(usage);
    }
}
