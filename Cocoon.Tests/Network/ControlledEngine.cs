using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Network;

/// <summary>An engine that does what the test says, run by run.</summary>
internal sealed class ControlledEngine(string model, int maxConcurrent) : IInferenceEngine
{
    private readonly Channel<EngineRun> started = Channel.CreateUnbounded<EngineRun>();
    private int running;

    public const long PromptTokens = 10;

    /// <summary>Runs that are not over.</summary>
    public int Running => Volatile.Read(ref running);

    /// <summary>Answers every run itself, when set; then <see cref="NextAsync"/> sees none.</summary>
    public Action<EngineRun>? OnRun { get; set; }

    /// <summary>The next run that a job starts here.</summary>
    public async Task<EngineRun> NextAsync()
        => await started.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Waiting.Patience);

    /// <summary>A run that has started, if there is one.</summary>
    public bool TryNext(out EngineRun? run) => started.Reader.TryRead(out run);

    public ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken)
        => ValueTask.FromResult(new EngineStatus([new EngineModel(model, 1 << 20, maxConcurrent, 16)], Running, 0));

    public async IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        EngineRun run = new(job);
        Interlocked.Increment(ref running);
        await using CancellationTokenRegistration registration = cancellationToken.Register(run.WasCancelled);
        try
        {
            if (OnRun is { } answer)
                answer(run);
            else
                started.Writer.TryWrite(run);
            await foreach (EngineChunk chunk in run.Chunks.ReadAllAsync(cancellationToken))
                yield return chunk;
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }
}

/// <summary>One job on a <see cref="ControlledEngine"/>: the test says its answer.</summary>
internal sealed class EngineRun(EngineJob job)
{
    private readonly Channel<EngineChunk> chunks = Channel.CreateUnbounded<EngineChunk>();
    private readonly TaskCompletionSource<long> cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool promptCounted;

    public EngineJob Job => job;

    public string Request => Encoding.UTF8.GetString(job.Body.Span);

    public ChannelReader<EngineChunk> Chunks => chunks.Reader;

    /// <summary>Completes with the timestamp at which the engine was told to stop.</summary>
    public Task<long> Cancelled => cancelled.Task;

    /// <summary>Says a token; the first one brings the prompt's usage along.</summary>
    public EngineRun Say(string token, string? finish = null, long tokens = 1)
    {
        UsageAmount[] usage = promptCounted
            ? [new(UsageClass.Completion, tokens)]
            : [new(UsageClass.Prompt, ControlledEngine.PromptTokens), new(UsageClass.Completion, tokens)];
        promptCounted = true;
        chunks.Writer.TryWrite(new EngineChunk(Encoding.UTF8.GetBytes(token), usage, finish));
        return this;
    }

    /// <summary>Ends the answer; a last chunk says so unless one has already.</summary>
    public void Finish(bool lastChunk = true)
    {
        if (lastChunk)
            chunks.Writer.TryWrite(new EngineChunk(ReadOnlyMemory<byte>.Empty, [], "stop"));
        chunks.Writer.TryComplete();
    }

    public void Fail(EngineFailure failure = EngineFailure.Failed) => chunks.Writer.TryComplete(new EngineException(failure, "the test says so"));

    public void WasCancelled() => cancelled.TrySetResult(Stopwatch.GetTimestamp());
}
