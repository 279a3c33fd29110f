using System.Runtime.CompilerServices;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Simulation.Jobs;

/// <summary>
/// An engine that does what a job's plan says, in the world's time. What goes wrong with a run is decided by <paramref name="temper"/>
/// when it begins.
/// </summary>
internal sealed class SimulatedEngine(
    SimulatedScheduler scheduler, int worker, EngineBook book, Func<JobPlan, EngineMood> temper, Action<string> violated) : IInferenceEngine
{
    public const string Model = "simulated";
    public const int MaxConcurrent = 4;
    private int running;

    /// <summary>Seals the answers; null = in the clear.</summary>
    public JobSeal? Seal { get; init; }

    public ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken)
        => new(new EngineStatus([new EngineModel(Model, 1 << 20, MaxConcurrent, 16)], running, 0));

    public async IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        JobPlan plan = JobPlan.Read(job.Body.Span);
        EngineMood mood = temper(plan);
        EngineRun run = book.Begin(plan, worker);
        if (++running > MaxConcurrent)
            violated($"worker {worker} was given {running} jobs at once, it offered {MaxConcurrent} slots");
        try
        {
            await WaitAsync(TimeSpan.FromMilliseconds(plan.FirstMs) * mood.Slowness, cancellationToken);
            for (int chunk = 0; chunk < plan.Chunks; chunk++)
            {
                if (chunk == mood.FailsAtChunk)
                    throw new EngineException(EngineFailure.Failed, "the engine broke down");
                bool last = chunk == plan.Chunks - 1;
                run.Given++;
                run.Finished = last;
                yield return new EngineChunk(Seal?.Apply(run.Text(chunk)) ?? run.Text(chunk), Usage(plan, chunk, mood), last ? "stop" : null);
                if (!last)
                    await WaitAsync(TimeSpan.FromMilliseconds(plan.ChunkMs) * mood.Slowness, cancellationToken);
            }
        }
        finally
        {
            running--;
            run.Ended = true;
        }
    }

    private static UsageAmount[] Usage(JobPlan plan, int chunk, EngineMood mood)
    {
        long output = mood.Claim(plan.TokensPerChunk);
        UsageAmount completion = new(UsageClass.Completion, output);
        UsageAmount prompt = new(UsageClass.Prompt, mood.Claim(plan.PromptTokens));
        return chunk == 0 ? [prompt, completion] : [completion];
    }

    /// <summary>Waits by the host's own clock; the continuation is a turn of the actor that waits.</summary>
    private async ValueTask WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        Alarm alarm = new();
        scheduler.Start(alarm, time);
        using CancellationTokenRegistration registration = cancellationToken.Register(static state => ((Alarm)state!).Cancel(), alarm);
        await alarm.Rung;
    }

    private sealed class Alarm : TimerNode
    {
        private readonly TaskCompletionSource rung = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Rung => rung.Task;

        public void Cancel() => rung.TrySetCanceled();

        protected internal override void Fire() => rung.TrySetResult();
    }
}

/// <summary>What goes wrong with one run.</summary>
/// <param name="Slowness">How many times slower than planned.</param>
/// <param name="FailsAtChunk">Fails instead of giving out this chunk; -1 = does not fail.</param>
/// <param name="Lie">What is claimed for each chunk instead of its tokens; null = the truth.</param>
internal sealed record EngineMood(int Slowness = 1, int FailsAtChunk = -1, long? Lie = null)
{
    public static readonly EngineMood Good = new();

    public long Claim(int tokens) => Lie ?? tokens;
}
