using System.Diagnostics;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Routing;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Benchmarks.Routing;

/// <summary>One choice among many workers, alone and as a whole asking and release. One core; medians of rounds.</summary>
internal static class RoutingBenchmark
{
    private const int Rounds = 9;
    private const string Model = "tiny";

    public static Task<int> RunAsync(string[] args)
    {
        double choose100 = Median(Enumerable.Range(0, Rounds).Select(_ => ChooseMicroseconds(100, 100_000)));
        double choose1000 = Median(Enumerable.Range(0, Rounds).Select(_ => ChooseMicroseconds(1000, 10_000)));
        double whole100 = Median(Enumerable.Range(0, Rounds).Select(_ => AcquireMicroseconds(100, 50_000, prefixes: 0)));
        double affine100 = Median(Enumerable.Range(0, Rounds).Select(_ => AcquireMicroseconds(100, 50_000, prefixes: 8)));
        double queued = Median(Enumerable.Range(0, Rounds).Select(_ => QueuedMicroseconds(20_000)));
        long allocated = AllocatedByChoosing();
        Report report = new("Routing", args.Contains("--json"));
        report.Row("choose among 100 workers", $"{choose100:0.00} µs", "", "", "< 5 µs");
        report.Row("choose among 1,000 workers", $"{choose1000:0.0} µs");
        report.Row("acquire + release, 100 workers", $"{whole100:0.00} µs");
        report.Row("the same with 8 prompt prefixes", $"{affine100:0.00} µs");
        report.Row("queue, then serve; 200 accounts, 2 workers full", $"{queued:0.00} µs");
        report.Row("allocated by a choice", $"{allocated} bytes", "", "", "0");
        report.Figure("choose_us_100", choose100);
        report.Figure("choose_us_1000", choose1000);
        report.Figure("acquire_us_100", whole100);
        report.Figure("acquire_prefix_us_100", affine100);
        report.Figure("queued_us", queued);
        report.Figure("choose_allocated_bytes", allocated);
        report.Print();
        return Task.FromResult(0);
    }

    private static double ChooseMicroseconds(int workers, int times)
    {
        Candidate[] candidates = Candidates(workers);
        WorkerChooser chooser = new(new RoutingOptions(), new SeededBits(1));
        JobNeeds needs = Needs(0, 0);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++)
            chooser.Choose(needs, candidates, TimeSpan.FromSeconds(1));
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / times;
    }

    private static long AllocatedByChoosing()
    {
        Candidate[] candidates = Candidates(100);
        WorkerChooser chooser = new(new RoutingOptions(), new SeededBits(1));
        JobNeeds needs = Needs(0, 0);
        chooser.Choose(needs, candidates, TimeSpan.FromSeconds(1));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            chooser.Choose(needs, candidates, TimeSpan.FromSeconds(1));
        return (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
    }

    private static double AcquireMicroseconds(int workers, int times, int prefixes)
    {
        Answers answers = new();
        (Fleet fleet, Link[] links) = FleetOf(workers, slots: 64);
        TimeSpan now = TimeSpan.FromSeconds(2000);
        JobNeeds[] needs = [.. Enumerable.Range(0, 64).Select(i => Needs(i, prefixes))];
        AttemptCompleted completed = new(300, 0, 100, TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(2));
        Queue<Assigned> running = new();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++)
        {
            now += TimeSpan.FromMicroseconds(100);
            fleet.Handle(new AcquireWorker(new RequestId(i, 1), needs[i % 64], TimeSpan.FromSeconds(60), new ReplyTo<AcquireAnswer>(answers, i)), now);
            running.Enqueue(answers.Last!);
            if (running.Count < 1000)
                continue;
            Assigned ended = running.Dequeue();
            fleet.Handle(new ReleaseAttempt(ended.Token, completed), now);
            fleet.Handle(new SlotsGranted(ended.Link, ++links[ended.Link.Value].Sequence, 1), now);
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / times;
    }

    private static double QueuedMicroseconds(int times)
    {
        Answers answers = new();
        (Fleet fleet, Link[] links) = FleetOf(2, slots: 8);
        TimeSpan now = TimeSpan.FromSeconds(2000);
        JobNeeds[] needs = [.. Enumerable.Range(0, 200).Select(i => Needs(i, 0))];
        AttemptCompleted completed = new(300, 0, 100, TimeSpan.FromSeconds(0.0002), TimeSpan.FromSeconds(0.002));
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++)
        {
            now += TimeSpan.FromMicroseconds(100);
            fleet.Handle(new AcquireWorker(new RequestId(i, 1), needs[i % 200], TimeSpan.FromSeconds(60), new ReplyTo<AcquireAnswer>(answers, i)), now);
            if (i < 500)
                continue;
            Assigned ended = answers.All.Dequeue();
            fleet.Handle(new ReleaseAttempt(ended.Token, completed), now);
            fleet.Handle(new SlotsGranted(ended.Link, ++links[ended.Link.Value].Sequence, 1), now);
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / times;
    }

    private static (Fleet Fleet, Link[] Links) FleetOf(int workers, int slots)
    {
        TimeSpan now = TimeSpan.FromSeconds(1000);
        Fleet fleet = new(new FleetOptions(), new SeededBits(1), now);
        Link[] links = [.. Enumerable.Range(0, workers).Select(_ => new Link())];
        for (int i = 0; i < workers; i++)
        {
            WorkerLinkId id = new(i);
            PublicKey key = Key(i);
            fleet.Handle(new WorkerConnected(id, links[i], key, key), now);
            fleet.Handle(new WorkerOffered(id, Tier.Open, [new ServedModel(Model, 8192, slots)]), now);
            fleet.Handle(new SlotsGranted(id, 1, slots), now);
        }

        return (fleet, links);
    }

    private static Candidate[] Candidates(int count)
    {
        Random random = new(5);
        return
        [
            .. Enumerable.Range(0, count).Select(i => new Candidate
            {
                Worker = i,
                Machine = i,
                Tier = Tier.Open,
                Kinds = ~0u,
                ContextTokens = 8192,
                Coefficient = random.Next(800, 1200),
                FreeSlots = 4,
                Running = random.Next(8),
                RunningMax = 8,
                EvidenceUntil = TimeSpan.MaxValue,
                PromptSecondsPerToken = 0.001,
                OutputSecondsPerToken = 0.01 + (random.NextDouble() * 0.02),
                Success = 0.95,
                Integrity = 1,
            }),
        ];
    }

    private static JobNeeds Needs(int account, int prefixes) => new()
    {
        Account = new AccountId(Key(account).Value),
        Model = Model,
        PromptTokens = 300,
        OutputTokens = 100,
        ContextTokens = 700,
        Prefixes = [.. Enumerable.Range(0, prefixes).Select(i => new PrefixTag((ulong)((account * 100) + i), 30 * (i + 1)))],
    };

    private static PublicKey Key(int number)
    {
        byte[] bytes = new byte[Bytes32.Length];
        BitConverter.TryWriteBytes(bytes, number + 1);
        return new PublicKey(Bytes32.From(bytes));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Skip(3).Order()];
        return sorted[sorted.Length / 2];
    }

    private sealed class Link : IWorkerLink
    {
        public long Sequence { get; set; } = 1;

        public void ReturnSlots(long sequence, int slots)
        {
        }

        public void EndReplaced()
        {
        }
    }

    private sealed class Answers : IReplySink<AcquireAnswer>
    {
        public Assigned? Last { get; private set; }

        public Queue<Assigned> All { get; } = new();

        public void Reply(long ticket, AcquireAnswer reply)
        {
            Last = reply as Assigned ?? throw new InvalidOperationException($"refused: {((Refused)reply).Reason}");
            All.Enqueue(Last);
        }
    }
}
