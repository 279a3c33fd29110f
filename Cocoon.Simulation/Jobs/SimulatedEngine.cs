using System.Threading.Tasks.Sources;
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
    private readonly SimulatedScheduler scheduler = scheduler;
    private readonly Func<JobPlan, EngineMood> temper = temper;
    private int running;

    /// <summary>Seals the answers; null = in the clear.</summary>
    public JobSeal? Seal { get; init; }

    public ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken)
        => new(new EngineStatus([new EngineModel(Model, 1 << 20, MaxConcurrent, 16)], running, 0));

    public IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, CancellationToken cancellationToken) => new Answer(this, job, cancellationToken);

    private static UsageAmount[] Usage(JobPlan plan, int chunk, EngineMood mood)
    {
        long output = mood.Claim(plan.TokensPerChunk);
        UsageAmount completion = new(UsageClass.Completion, output);
        UsageAmount prompt = new(UsageClass.Prompt, mood.Claim(plan.PromptTokens));
        return chunk == 0 ? [prompt, completion] : [completion];
    }

    private EngineRun Begin(JobPlan plan)
    {
        if (++running > MaxConcurrent)
            violated($"worker {worker} was given {running} jobs at once, it offered {MaxConcurrent} slots");
        return book.Begin(plan, worker);
    }

    private void End(EngineRun run)
    {
        running--;
        run.Ended = true;
    }

    /// <summary>
    /// One run, which waits by the host's own clock. The end of a wait is one turn of the actor that waits; a wait allocates nothing, as
    /// worlds are full of them.
    /// </summary>
    private sealed class Answer(SimulatedEngine engine, EngineJob job, CancellationToken cancelled)
        : TimerNode, IAsyncEnumerable<EngineChunk>, IAsyncEnumerator<EngineChunk>, IValueTaskSource<bool>
    {
        private readonly JobPlan plan = JobPlan.Read(job.Body.Span);
        private ManualResetValueTaskSourceCore<bool> next;
        private CancellationTokenRegistration registration;
        private EngineMood mood = EngineMood.Good;
        private EngineRun? run;
        private int given;
        private bool waits;

        public EngineChunk Current { get; private set; } = null!;

        public IAsyncEnumerator<EngineChunk> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync()
        {
            if (run is null)
            {
                mood = engine.temper(plan);
                run = engine.Begin(plan);
                registration = cancelled.Register(static state => ((Answer)state!).Cancel(), this);
            }

            if (given == plan.Chunks)
            {
                End();
                return new ValueTask<bool>(false);
            }

            if (cancelled.IsCancellationRequested)
            {
                End();
                return ValueTask.FromCanceled<bool>(cancelled);
            }

            next.Reset();
            waits = true;
            engine.scheduler.Start(this, TimeSpan.FromMilliseconds(given == 0 ? plan.FirstMs : plan.ChunkMs) * mood.Slowness);
            return new ValueTask<bool>(this, next.Version);
        }

        public ValueTask DisposeAsync()
        {
            End();
            return default;
        }

        bool IValueTaskSource<bool>.GetResult(short token) => next.GetResult(token);

        ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => next.GetStatus(token);

        void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
            => next.OnCompleted(continuation, state, token, flags);

        protected internal override void Fire()
        {
            waits = false;
            if (given == mood.FailsAtChunk)
            {
                End();
                next.SetException(new EngineException(EngineFailure.Failed, "the engine broke down"));
                return;
            }

            byte[] text = run!.Text(given);
            bool last = given == plan.Chunks - 1;
            Current = new EngineChunk(engine.Seal?.Apply(text) ?? text, Usage(plan, given, mood), last ? "stop" : null);
            given++;
            run.Given++;
            run.Finished = last;
            next.SetResult(true);
        }

        private void Cancel()
        {
            if (!waits)
                return;
            waits = false;
            engine.scheduler.Cancel(this);
            End();
            next.SetException(new OperationCanceledException(cancelled));
        }

        private void End()
        {
            if (run is null or { Ended: true })
                return;
            engine.End(run);
            registration.Dispose();
        }
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
