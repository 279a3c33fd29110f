using System.Threading.Tasks.Sources;
using Cocoon.Actors.Ports;

namespace Cocoon.Host.Storage;

/// <summary>Something to write in the next transaction.</summary>
internal abstract class WriteItem
{
    /// <summary>Runs inside the transaction, on the writer's thread.</summary>
    public abstract void Write();

    /// <summary>The transaction's fate: null when it is durable.</summary>
    public abstract void Answer(Exception? failure);
}

/// <summary>Work with a result, for everything but appends.</summary>
internal sealed class WriteItem<TResult>(Func<TResult> work) : WriteItem
{
    private readonly TaskCompletionSource<TResult> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TResult result = default!;

    public Task<TResult> Completion => completion.Task;

    public override void Write() => result = work();

    public override void Answer(Exception? failure)
    {
        if (failure is null)
            completion.TrySetResult(result);
        else
            completion.TrySetException(failure);
    }
}

/// <summary>One batch to append.</summary>
internal sealed class AppendItem(AppendStatements statements, JournalBatch batch) : WriteItem, IValueTaskSource<AppendOutcome>
{
    private ManualResetValueTaskSourceCore<AppendOutcome> core = new() { RunContinuationsAsynchronously = true };
    private AppendOutcome outcome;

    public ValueTask<AppendOutcome> Completion => new(this, core.Version);

    public override void Write() => outcome = statements.Append(batch);

    // What a failed commit left behind is known only after the epoch was raised.
    public override void Answer(Exception? failure) => core.SetResult(failure is null ? outcome : AppendOutcome.Unknown);

    public AppendOutcome GetResult(short token) => core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => core.OnCompleted(continuation, state, token, flags);
}
