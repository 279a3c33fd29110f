using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>
/// A stand-in that speaks at a given pace: a clock thread gives the running streams a chunk each in turn, so many a second in all. A chunk
/// begins with the time it was made, which the reader compares with its own: one process, one clock.
/// </summary>
internal sealed class PacedEngine : IInferenceEngine, IDisposable
{
    private const int PayloadBytes = 200;
    private const int TicksPerSecond = 1000;

    private readonly Lock gate = new();
    private readonly List<Channel<long>> streams = [];
    private readonly Thread clock;
    private readonly int perTick;
    private volatile bool stopping;
    private int next;

    public PacedEngine(int chunksPerSecond)
    {
        perTick = chunksPerSecond / TicksPerSecond;
        clock = new Thread(Run) { IsBackground = true, Name = "pace" };
        clock.Start();
    }

    public ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken)
        => ValueTask.FromResult(new EngineStatus([new EngineModel(PathNetwork.Model, 1 << 20, 256, 64)], 0, 0));

    public async IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Channel<long> mine = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleReader = true });
        UsageAmount[] one = [new UsageAmount(UsageClass.Completion, 1)];
        lock (gate)
            streams.Add(mine);
        try
        {
            for (int i = 0; i < job.MaxOutputTokens - 1; i++)
            {
                long made = await mine.Reader.ReadAsync(cancellationToken);
                yield return new EngineChunk(PayloadOf(made), i > 0 ? one : [new UsageAmount(UsageClass.Prompt, 10), one[0]], null);
            }

            yield return new EngineChunk(ReadOnlyMemory<byte>.Empty, [], "stop");
        }
        finally
        {
            lock (gate)
                streams.Remove(mine);
        }
    }

    public void Dispose()
    {
        stopping = true;
        clock.Join();
    }

    private static byte[] PayloadOf(long made)
    {
        byte[] payload = new byte[PayloadBytes];
        BinaryPrimitives.WriteInt64LittleEndian(payload, made);
        return payload;
    }

    private void Run()
    {
        long step = Stopwatch.Frequency / TicksPerSecond;
        long due = Stopwatch.GetTimestamp();
        using ManualResetEventSlim never = new(false, spinCount: 0);
        while (!stopping)
        {
            due += step;
            // A sleeper is woken late now and then; the ticks it missed follow at once.
            while (Stopwatch.GetTimestamp() < due)
                never.Wait(1);
            lock (gate)
            {
                for (int i = 0; i < perTick && streams.Count > 0; i++)
                    streams[++next % streams.Count].Writer.TryWrite(Stopwatch.GetTimestamp());
            }
        }
    }
}
