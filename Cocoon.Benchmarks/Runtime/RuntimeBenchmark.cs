using System.Diagnostics;
using System.Threading.Channels;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;

namespace Cocoon.Benchmarks.Runtime;

/// <summary>Tell beside a raw bounded channel, ask with a deadline, spawn and stop. Rounds alternate; medians are reported.</summary>
internal static class RuntimeBenchmark
{
    private const int Rounds = 7;
    private const int Messages = 5_000_000;
    private const int Asks = 300_000;
    private const int Spawns = 200_000;

    public static async Task<int> RunAsync(string[] args)
    {
        bool json = args.Contains("--json");
        using ThreadPoolScheduler scheduler = new();
        ActorSystem system = new("bench", scheduler, new SystemEntropy(), new SilentEvents());
        List<double> tells = [], channels = [], asks = [], spawns = [];
        for (int round = -1; round < Rounds; round++)
        {
            double channel = await ChannelRateAsync();
            double tell = await TellRateAsync(system);
            double ask = await Task.Run(() => AskMicrosecondsAsync(system));
            double spawn = await SpawnRateAsync(system);
            if (round < 0)
                continue;
            channels.Add(channel);
            tells.Add(tell);
            asks.Add(ask);
            spawns.Add(spawn);
        }

        await system.StopAsync();
        double ratio = Median(tells.Zip(channels, (tell, channel) => tell / channel));
        Report report = new("Actor runtime", json);
        report.Row("tell, 1 producer", $"{Median(tells) / 1e6:0.0} M/s", $"{Median(channels) / 1e6:0.0} M/s bounded Channel", $"{ratio:0.00}", "≥ 0.75");
        report.Row("ask with deadline, p50", $"{Median(asks):0.00} µs", "Akka.NET 0.9 µs", "", "< 1 µs");
        report.Row("spawn + stop", $"{Median(spawns) / 1e3:0} k/s", "Akka.NET 48 k/s", "", "≥ 200 k/s");
        report.Figure("tell_per_s", Median(tells));
        report.Figure("tell_ratio", ratio);
        report.Figure("ask_us_p50", Median(asks));
        report.Figure("spawn_per_s", Median(spawns));
        report.Print();
        return 0;
    }

    private static async Task<double> TellRateAsync(ActorSystem system)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ActorRef<int> counter = system.Spawn("counter", () => new Counter(Messages, done));
        long start = Stopwatch.GetTimestamp();
        await Task.Run(() =>
        {
            SpinWait wait = default;
            for (int i = 0; i < Messages; i++)
            {
                while (counter.Tell(i) == Delivery.Full)
                    wait.SpinOnce(sleep1Threshold: -1);
            }
        });
        await done.Task;
        double rate = Messages / Stopwatch.GetElapsedTime(start).TotalSeconds;
        counter.Stop();
        return rate;
    }

    private static async Task<double> ChannelRateAsync()
    {
        Channel<int> channel = Channel.CreateBounded<int>(new BoundedChannelOptions(1024) { SingleReader = true });
        long start = Stopwatch.GetTimestamp();
        Task producer = Task.Run(async () =>
        {
            for (int i = 0; i < Messages; i++)
            {
                if (!channel.Writer.TryWrite(i))
                    await channel.Writer.WriteAsync(i);
            }

            channel.Writer.Complete();
        });
        Task<long> consumer = Task.Run(async () =>
        {
            long sum = 0;
            while (await channel.Reader.WaitToReadAsync())
            {
                while (channel.Reader.TryRead(out int item))
                    sum += item;
            }

            return sum;
        });
        await producer;
        await consumer;
        return Messages / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> AskMicrosecondsAsync(ActorSystem system)
    {
        ActorRef<ReplyTo<int>> echo = system.Spawn("echo", () => new Echo());
        TimeSpan deadline = TimeSpan.FromSeconds(5);
        long[] ticks = new long[Asks];
        for (int i = 0; i < Asks; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await echo.AskAsync<int>(static replyTo => replyTo, deadline);
            ticks[i] = Stopwatch.GetTimestamp() - start;
        }

        echo.Stop();
        Array.Sort(ticks);
        return Stopwatch.GetElapsedTime(0, ticks[Asks / 2]).TotalMicroseconds;
    }

    private static async Task<double> SpawnRateAsync(ActorSystem system)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long start = Stopwatch.GetTimestamp();
        ActorRef<int> parent = system.Spawn("parent", () => new Parent(Spawns, done));
        await done.Task;
        double rate = Spawns / Stopwatch.GetElapsedTime(start).TotalSeconds;
        parent.Stop();
        return rate;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private sealed class Counter(int expected, TaskCompletionSource done) : Actor<int>
    {
        private int received;

        protected override void Receive(int message)
        {
            if (++received == expected)
                done.SetResult();
        }
    }

    private sealed class Echo : Actor<ReplyTo<int>>
    {
        protected override void Receive(ReplyTo<int> message) => message.Reply(1);
    }

    /// <summary>Keeps 64 children alive; each stops itself at its first message and its end starts the next.</summary>
    private sealed class Parent(int count, TaskCompletionSource done) : Actor<int>
    {
        private int started;
        private int ended;

        protected override void OnStart()
        {
            while (started < 64)
                Next();
        }

        protected override void Receive(int message)
        {
        }

        protected override void OnTerminated(Terminated terminated)
        {
            if (++ended == count)
                done.SetResult();
            else if (started < count)
                Next();
        }

        private void Next()
        {
            started++;
            ActorRef<int> child = Spawn("child", static () => new Child());
            Watch(child);
            child.Tell(0);
        }
    }

    private sealed class Child : Actor<int>
    {
        protected override void Receive(int message) => Self.Stop();
    }

    private sealed class SystemEntropy : IEntropy
    {
        public void Fill(Span<byte> bytes) => System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
    }

    private sealed class SilentEvents : IActorEvents
    {
        public void Failed(ActorRef actor, Exception failure, TimeSpan? restartAfter) => Console.Error.WriteLine(failure);

        public void Dropped(ActorRef actor, int count)
        {
        }
    }
}
