using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Tests.Proxy;

/// <summary>A fleet with a clock in the test's hand and workers that count their slots as real ones do.</summary>
internal sealed class FleetHarness : IReplySink<AcquireAnswer>
{
    public const string Model = "tiny";
    private readonly Dictionary<long, AcquireAnswer> answers = [];
    private readonly Dictionary<long, Link> links = [];
    private long lastTicket;
    private long lastLink;

    public FleetHarness(FleetOptions? options = null, ulong seed = 7)
    {
        Now = TimeSpan.FromSeconds(1000);
        Fleet = new Fleet(options ?? Settled, new SeededBits(seed), Now);
    }

    /// <summary>No chance but near-ties, no founders' privilege spent, nobody awaited: what most tests want.</summary>
    public static FleetOptions Settled { get; } = new()
    {
        AwaitWorker = TimeSpan.Zero,
        Routing = new RoutingOptions { Exploration = 0, ProbeShare = 0 },
    };

    public Fleet Fleet { get; }

    public TimeSpan Now { get; private set; }

    public IReadOnlyDictionary<long, AcquireAnswer> Answers => answers;

    /// <summary>Hears each answer as it comes.</summary>
    public Action<long, AcquireAnswer>? Answered { get; set; }

    public static PublicKey Key(long number)
    {
        byte[] bytes = new byte[32];
        BitConverter.TryWriteBytes(bytes, number + 1);
        return new PublicKey(Bytes32.From(bytes));
    }

    public static AccountId Account(long number) => new(Key(1000 + number).Value);

    public static JobNeeds Needs(long account = 0, int prompt = 100, int output = 100)
        => new() { Account = Account(account), Model = Model, PromptTokens = prompt, OutputTokens = output };

    /// <summary>Lets time pass, with the ticks that fall due.</summary>
    public void Pass(TimeSpan time)
    {
        TimeSpan end = Now + time;
        while (Fleet.NextTick is { } next && next <= end)
        {
            Now = next > Now ? next : Now;
            Fleet.Handle(FleetTick.Instance, Now);
        }

        Now = end;
    }

    public void Tell(FleetMessage message) => Fleet.Handle(message, Now);

    public Link Connect(long worker, int slots = 4, long? owner = null, long? machine = null, int coefficient = 1000, Tier tier = Tier.Open)
    {
        Link link = new(++lastLink, worker);
        links[lastLink] = link;
        Bytes32? place = machine is { } number ? Key(number).Value : null;
        Tell(new WorkerConnected(link.Id, link, Key(worker), Key(owner ?? worker), place));
        Tell(new WorkerOffered(link.Id, tier, [new ServedModel(Model, 8192, Math.Max(1, slots), coefficient)]));
        Grant(link, slots);
        return link;
    }

    public void Grant(Link link, int slots)
    {
        link.Unused += slots;
        Tell(new SlotsGranted(link.Id, ++link.Sequence, slots));
    }

    /// <summary>Asks; the answer, if it has come, is in <see cref="Answers"/> under the ticket.</summary>
    public long Ask(JobNeeds? needs = null, double seconds = 60, AttemptKind kind = AttemptKind.First, RequestId? request = null, bool explain = false)
    {
        long ticket = ++lastTicket;
        Tell(new AcquireWorker(
            request ?? new RequestId(ticket, 1),
            needs ?? Needs(),
            TimeSpan.FromSeconds(seconds),
            new ReplyTo<AcquireAnswer>(this, ticket),
            kind,
            Explain: explain));
        return ticket;
    }

    public Assigned Assign(JobNeeds? needs = null, AttemptKind kind = AttemptKind.First)
        => Assert.IsType<Assigned>(answers[Ask(needs, kind: kind)]);

    public Refused Refuse(JobNeeds? needs = null, double seconds = 60, AttemptKind kind = AttemptKind.First)
        => Assert.IsType<Refused>(answers[Ask(needs, seconds, kind)]);

    public bool Waits(long ticket) => !answers.ContainsKey(ticket);

    public Assigned AssignedTo(long ticket) => Assert.IsType<Assigned>(answers[ticket]);

    /// <summary>The attempt is over; the worker grants the slot anew, as real ones do.</summary>
    public void End(Assigned assigned, AttemptOutcome outcome)
    {
        Tell(new ReleaseAttempt(assigned.Token, outcome));
        if (outcome is AttemptCompleted or AttemptFailed or AttemptCancelled { Dispatch: Dispatch.Sent })
            Regrant(assigned);
    }

    public void Complete(Assigned assigned, double seconds = 1, int output = 100)
        => End(assigned, Completed(seconds, output));

    public void Fail(Assigned assigned, FailureKind kind = FailureKind.Engine) => End(assigned, new AttemptFailed(kind, AfterFirstChunk: false));

    public static AttemptCompleted Completed(double seconds = 1, int output = 100)
        => new(100, 0, output, TimeSpan.FromSeconds(seconds * 0.1), TimeSpan.FromSeconds(seconds));

    public FleetView View()
    {
        Catcher<FleetView> catcher = new();
        Tell(new DescribeFleet(new ReplyTo<FleetView>(catcher, 1)));
        return catcher.Value!;
    }

    void IReplySink<AcquireAnswer>.Reply(long ticket, AcquireAnswer reply)
    {
        Assert.True(answers.TryAdd(ticket, reply), "an asking is answered once");
        if (reply is Assigned assigned)
            links[assigned.Link.Value].Taken();
        Answered?.Invoke(ticket, reply);
    }

    private void Regrant(Assigned assigned)
    {
        if (links.TryGetValue(assigned.Link.Value, out Link? link))
            Grant(link, 1);
    }

    internal sealed class Link(long id, long worker) : IWorkerLink
    {
        public WorkerLinkId Id { get; } = new(id);

        public long Worker { get; } = worker;

        /// <summary>Slots granted and unused, as the worker counts.</summary>
        public int Unused { get; set; }

        public long Sequence { get; set; }

        public List<int> Returned { get; } = [];

        public void Taken()
        {
            Unused--;
            Assert.True(Unused >= 0, "a job went where no slot was held");
        }

        public bool IsReplaced { get; private set; }

        public void EndReplaced() => IsReplaced = true;

        public void ReturnSlots(long sequence, int slots)
        {
            Returned.Add(slots);
            Unused -= Math.Min(slots, Unused);
        }
    }

    internal sealed class Catcher<T> : IReplySink<T>
    {
        public T? Value { get; private set; }

        public bool Replied { get; private set; }

        public void Reply(long ticket, T reply) => (Value, Replied) = (reply, true);
    }
}
