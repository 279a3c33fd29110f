using System.Buffers.Binary;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Worker;

/// <summary>
/// A GPU owner's node: keeps one link to each proxy node, offers what its engine serves, grants slots and runs what comes. Capacity and
/// context length are the engine's word, never configuration.
/// </summary>
public sealed class WorkerActor : Actor<WorkerMessage>
{
    // Two machines that were given one key take each other's place: not more often than this.
    private const long ReplacedWaitMs = 1000;

    private readonly WorkerSettings settings;
    private readonly ITransport transport;
    private readonly IInferenceEngine engine;
    private readonly SlotLedger slots;
    private readonly ProxyLink?[] links;
    private readonly bool[] ready;
    private readonly Backoff[] backoffs;
    private readonly ulong[] grants;
    private readonly string[] lastEnds;
    private readonly EarningsDesk earnings;
    private readonly Earnings?[] pay;

    // Attempts with a slot. One that ends before it heard of its slot gives that back all the same.
    private readonly HashSet<ActorRef<AttemptMessage>> holders = [];
    private IReadOnlyList<EngineModel> models = [];
    private string problem = "the engine has not answered yet";
    private long jobsDone;
    private ReplyTo<bool>? drained;

    /// <summary>A worker that dials its proxies once it starts.</summary>
    public WorkerActor(WorkerSettings settings, ITransport transport, IInferenceEngine engine)
    {
        this.settings = settings;
        this.transport = transport;
        this.engine = engine;
        int count = settings.Proxies.Count;
        slots = new SlotLedger(count);
        links = new ProxyLink?[count];
        ready = new bool[count];
        grants = new ulong[count];
        lastEnds = new string[count];
        Array.Fill(lastEnds, "");
        earnings = new EarningsDesk(settings);
        pay = new Earnings?[count];
        backoffs = new Backoff[count];
    }

    /// <inheritdoc/>
    protected override void OnStart()
    {
        Span<byte> seed = stackalloc byte[8];
        System.Entropy.Fill(seed);
        for (int proxy = 0; proxy < backoffs.Length; proxy++)
            backoffs[proxy] = new Backoff(BinaryPrimitives.ReadUInt64LittleEndian(seed) + (ulong)proxy, settings.Redial);

        CheckEngine();
        StartPeriodicTimer(settings.EngineCheckPeriod, new WorkerMessage.CheckEngine());
        StartPeriodicTimer(settings.PayPeriod, new WorkerMessage.AskPay());
        StartPeriodicTimer(settings.ClaimPeriod, new WorkerMessage.AskReceipts());
        for (int proxy = 0; proxy < links.Length; proxy++)
            Dial(proxy);
    }

    /// <inheritdoc/>
    protected override void OnStop()
    {
        foreach (ProxyLink? link in links)
            link?.Link.Close(LinkReason.Done, "the worker stops");
    }

    /// <inheritdoc/>
    protected override void Receive(WorkerMessage message)
    {
        switch (message)
        {
            case WorkerMessage.AttemptArrived arrived:
                Admit(arrived);
                break;
            case WorkerMessage.AnswerBegan began:
                earnings.Begin(began.Link.Proxy, began.Open);
                break;
            case WorkerMessage.AskReceipts:
                AskReceipts();
                break;
            case WorkerMessage.AttemptEnded ended:
                EndAttempt(ended);
                break;
            case WorkerMessage.ReceiptCame came:
                earnings.Take(came.Link.Proxy, came.Work, Now);
                break;
            case WorkerMessage.LinkReady opened:
                JoinProxy(opened.Link);
                break;
            case WorkerMessage.LinkClosed closed:
                LoseProxy(closed);
                break;
            case WorkerMessage.Dial dial:
                Dial(dial.Proxy);
                break;
            case WorkerMessage.AskPay:
                AskPay();
                break;
            case WorkerMessage.PayTold told:
                if (links[told.Link.Proxy] == told.Link)
                    pay[told.Link.Proxy] = told.Pay;
                break;
            case WorkerMessage.CheckEngine:
                CheckEngine();
                break;
            case WorkerMessage.EngineChecked check:
                TakeEngine(check);
                break;
            case WorkerMessage.SlotsReturned returned:
                slots.Return(returned.Link.Proxy, (int)Math.Min(returned.Return.Slots, int.MaxValue));
                GrantSlots();
                break;
            case WorkerMessage.AskStatus ask:
                ask.ReplyTo.Reply(Status());
                break;
            case WorkerMessage.Drain drain:
                Drain(drain);
                break;
        }
    }

    private void Admit(WorkerMessage.AttemptArrived arrived)
    {
        bool hasSlot = problem.Length == 0 && links[arrived.Link.Proxy] == arrived.Link && slots.TryTake(arrived.Link.Proxy);
        if (hasSlot)
            holders.Add(arrived.Attempt);
        arrived.Attempt.TellControl(new AttemptMessage.Admitted(hasSlot, slots.Running, slots.Capacity));
        ReportLoad();
        AskForSurplus();
    }

    private void EndAttempt(WorkerMessage.AttemptEnded ended)
    {
        if (holders.Remove(ended.Actor))
        {
            slots.End(ended.Link.Proxy);
            jobsDone++;
            earnings.End(ended.Claim, ended.Usage, ended.Time, ended.LinkLost, Now);
        }

        GrantSlots();
        ReportLoad();
        if (slots.Running == 0)
            drained?.Reply(true);
    }

    private void Dial(int proxy)
    {
        DialTarget target = settings.Proxies[proxy];
        target = target with { Identity = target.Identity with { Heads = earnings.HeadsFor(proxy) } };
        links[proxy] = new ProxyLink(proxy, System, Self, new AttemptFactory(engine, Self, settings)).Dial(transport, target);
    }

    private void JoinProxy(ProxyLink link)
    {
        if (links[link.Proxy] != link)
            return;
        ready[link.Proxy] = true;
        backoffs[link.Proxy].Connected();
        backoffs[link.Proxy].Reset();
        slots.Join(link.Proxy);
        SendOffer(link);
        GrantSlots();
        AskPay(link);
    }

    private void AskPay()
    {
        foreach (ProxyLink? link in links)
        {
            if (link is not null && ready[link.Proxy])
                AskPay(link);
        }
    }

    private void AskReceipts()
    {
        foreach (ProxyLink? link in links)
        {
            if (link is null || !ready[link.Proxy] || earnings.ClaimsFor(link.Proxy, ready, Now) is not { Count: > 0 } claims)
                continue;
            ReceiptQuery query = new();
            query.Claims.AddRange(claims);
            link.Link.Send(0, FrameKind.ReceiptQuery, query, end: false);
        }
    }

    private static void AskPay(ProxyLink link) => link.Link.Send(0, FrameKind.EarningsQuery, new EarningsQuery(), end: false);

    private void LoseProxy(WorkerMessage.LinkClosed closed)
    {
        int proxy = closed.Link.Proxy;
        if (links[proxy] != closed.Link)
            return;
        links[proxy] = null;
        ready[proxy] = false;
        lastEnds[proxy] = $"{closed.End.Reason} {closed.End.Detail}";
        slots.Leave(proxy);
        long away = closed.End.Reason == LinkReason.Replaced ? Math.Max(ReplacedWaitMs, closed.End.RetryAfterMs) : closed.End.RetryAfterMs;
        StartTimer(TimeSpan.FromMilliseconds(backoffs[proxy].NextMs(away)), new WorkerMessage.Dial(proxy));
        GrantSlots();
    }

    private void CheckEngine() => Run(async ended =>
    {
        try
        {
            Self.TellControl(new WorkerMessage.EngineChecked(await engine.StatusAsync(ended), ""));
        }
        catch (EngineException failure)
        {
            Self.TellControl(new WorkerMessage.EngineChecked(null, failure.Message));
        }
    });

    private void TakeEngine(WorkerMessage.EngineChecked check)
    {
        problem = drained is not null ? "draining" : check.Problem;
        IReadOnlyList<EngineModel> now = check.Status?.Models ?? [];
        bool changed = !now.SequenceEqual(models);
        models = now;
        int capacity = now.Sum(model => model.MaxConcurrent);
        if (settings.SlotsMax > 0)
            capacity = Math.Min(capacity, settings.SlotsMax);
        slots.SetCapacity(problem.Length > 0 ? 0 : capacity);
        if (!changed)
            return;
        foreach (ProxyLink? link in links)
        {
            if (link is not null && ready[link.Proxy])
                SendOffer(link);
        }

        GrantSlots();
        ReportLoad();
    }

    private void SendOffer(ProxyLink link)
    {
        WorkerOffer offer = new()
        {
            Tier = settings.Tier,
            Owner = Google.Protobuf.ByteString.CopyFrom(settings.Owner.Value.AsSpan()),
            Payout = settings.Payouts.GetValueOrDefault(settings.Proxies[link.Proxy].Identity.Scope),
        };
        foreach (EngineModel model in models)
        {
            offer.Models.Add(new ModelOffer
            {
                Name = model.Name,
                ContextTokens = (uint)model.ContextTokens,
                MaxConcurrent = (uint)model.MaxConcurrent,
                TemplateTokens = (uint)model.TemplateTokens,
                CoefficientThousandths = (uint)settings.CoefficientThousandths,
                Kinds = { JobKind.ChatCompletions, JobKind.Completions, JobKind.Embeddings },
            });
        }

        link.Link.Send(0, FrameKind.WorkerOffer, offer, end: false);
    }

    private void GrantSlots()
    {
        if (models.Count == 0 || problem.Length > 0)
            return;
        foreach ((int proxy, int count) in slots.Grant())
            links[proxy]!.Link.Send(0, FrameKind.SlotGrant, new SlotGrant { Sequence = ++grants[proxy], Slots = (uint)count }, end: false);
        AskForSurplus();
    }

    private void AskForSurplus()
    {
        (int proxy, int count) = slots.Surplus();
        if (proxy >= 0)
            links[proxy]!.Link.Send(0, FrameKind.SlotReturn, new SlotReturn { Slots = (uint)count, Requested = true }, end: false);
    }

    private void ReportLoad()
    {
        foreach (ProxyLink? link in links)
            link?.Link.ReportLoad(slots.Running, slots.Capacity);
    }

    private void Drain(WorkerMessage.Drain drain)
    {
        drained = drain.Done;
        problem = "draining";
        slots.SetCapacity(slots.Running);
        foreach (ProxyLink? link in links)
            link?.Link.Drain(new Drain { Detail = "the worker stops when its jobs are done" });
        if (slots.Running == 0)
            drain.Done.Reply(true);
    }

    private WorkerStatus Status()
        => new(
            models,
            slots.Running,
            slots.Capacity,
            [.. settings.Proxies.Select((proxy, index) => new ProxyStatus(
                $"{proxy.Host}:{proxy.Port}", proxy.Identity.Scope.Operator, ready[index], ready[index] ? "" : lastEnds[index]))],
            jobsDone,
            earnings.Kept,
            earnings.Refused,
            problem.Length > 0 ? problem : ready.Any(here => here) ? "" : "no proxy is connected")
        {
            Pay = [.. pay],
            ReceiptsMissing = earnings.Missing,
            Unpaid = earnings.Unpaid,
        };
}
