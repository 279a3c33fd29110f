using System.Threading.Tasks.Sources;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;

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

/// <summary>The append and, when it wrote nothing, the question why.</summary>
internal sealed class AppendStatements(Microsoft.Data.Sqlite.SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement insert = new(
        connection,
        """
        INSERT INTO journal (stream, last_sequence, first_sequence, epoch, chain, mac, body)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
        WHERE EXISTS (SELECT 1 FROM stream WHERE stream = ?1 AND epoch = ?4)
          AND ?3 = 1 + coalesce((SELECT max(last_sequence) FROM journal WHERE stream = ?1), 0)
        """);

    private readonly SqliteStatement owns = new(connection, "SELECT 1 FROM stream WHERE stream = ?1 AND epoch = ?2");

    /// <summary>Rows inserted so far.</summary>
    public long Rows { get; private set; }

    public AppendOutcome Append(JournalBatch batch)
    {
        if (batch.Count < 1)
            return AppendOutcome.Conflict;
        insert.Bind(1, batch.Stream.Number).Bind(2, batch.LastSequence).Bind(3, batch.FirstSequence).Bind(4, batch.Epoch)
            .Bind(5, batch.Chain.AsSpan()).Bind(6, batch.Mac.AsSpan()).Bind(7, batch.Body.Span);
        insert.Step();
        if (insert.Changes != 1)
            return WhyNot(batch.Stream, batch.Epoch);
        Rows++;
        return AppendOutcome.Durable;
    }

    public void Dispose()
    {
        insert.Dispose();
        owns.Dispose();
    }

    private AppendOutcome WhyNot(StreamId stream, long epoch)
    {
        bool owned = owns.Bind(1, stream.Number).Bind(2, epoch).Step();
        owns.Reset();
        return owned ? AppendOutcome.Conflict : AppendOutcome.Fenced;
    }
}
