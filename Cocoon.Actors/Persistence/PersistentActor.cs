using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Persistence;

/// <summary>What a persistent actor stands on.</summary>
/// <param name="Journal">The event store.</param>
/// <param name="Snapshots">The snapshot store.</param>
/// <param name="Ownership">The right to the stream.</param>
/// <param name="Key">Seals batches and snapshots.</param>
/// <param name="SnapshotEvery">Events between snapshots; default 100,000.</param>
public sealed record Persistence(IJournal Journal, ISnapshots Snapshots, StreamOwnership Ownership, LedgerKey Key, long SnapshotEvery = 100_000)
{
    /// <summary>Most bytes of events in one batch (1 MiB): what one fsync carries for one stream.</summary>
    public const int BatchBytesMax = 1 << 20;
}

/// <summary>
/// An actor whose state is a fold over a stream of events. It pipelines: <see cref="Decide"/> sees the state with events applied that are
/// not durable yet, the mailbox goes on, and every effect on the outside is held until all events emitted before it are durable.
/// One append is in flight; what is emitted meanwhile becomes the next batch. Anything but Durable ends this instance: held effects are
/// dropped with its memory, and the next instance reads the journal again, under a raised epoch if the write's fate is unknown.
/// </summary>
public abstract partial class PersistentActor<TCommand, TEvent, TState> : Actor<TCommand>
{
    private readonly Persistence persistence;
    private readonly IEventFold<TEvent, TState> fold;
    private readonly Queue<HeldEffect> held = new();
    private EventBuffer gathering = new();
    private EventBuffer spare = new();
    private bool appending;
    private bool snapshotting;
    private long snapshotSequence;

    /// <summary>Gives the actor its stream and fold. The instance reads the stream before it takes its first command.</summary>
    protected PersistentActor(Persistence persistence, IEventFold<TEvent, TState> fold)
    {
        this.persistence = persistence;
        this.fold = fold;
        State = fold.Empty();
    }

    /// <summary>The state with every emitted event applied, durable or not. Only <see cref="Emit"/> changes it.</summary>
    protected TState State { get; private set; }

    /// <summary>Sequence of the last emitted event; 0 before the first.</summary>
    protected long LastSequence { get; private set; }

    /// <summary>Sequence of the last durable event.</summary>
    protected long DurableSequence { get; private set; }

    /// <summary>The chain hash at <see cref="DurableSequence"/>.</summary>
    protected Bytes32 DurableChain { get; private set; }

    /// <summary>The right under which this instance writes.</summary>
    protected ShardLease Lease => persistence.Ownership.Lease;

    /// <summary>Acts on one command: reads <see cref="State"/>, emits events, holds effects.</summary>
    protected abstract void Decide(TCommand command);

    /// <summary>The state has been read back; commands follow.</summary>
    protected virtual void OnRecovered()
    {
    }

    /// <summary>
    /// A batch is on its way to the store: the place to prepare, while the disk works, what is shown once it is durable, and nothing else.
    /// </summary>
    protected virtual void OnAppending(JournalBatch batch)
    {
    }

    /// <summary>A batch is durable, before its effects are released.</summary>
    protected virtual void OnDurable(JournalBatch batch)
    {
    }

    /// <summary>Applies an event to the state and sends it on its way to the journal.</summary>
    protected void Emit(TEvent @event)
    {
        fold.Apply(State, @event);
        gathering.Add(@event, fold);
        LastSequence++;
        if (gathering.Count == 1)
            gathering.FirstSequence = LastSequence;

        // The store is slower than the commands: they wait in the bounded mailbox, not in an unbounded batch.
        if (appending && gathering.Bytes.Length >= Persistence.BatchBytesMax)
            Cell.Suspend();
    }

    /// <summary>Runs <paramref name="effect"/> once every event emitted so far is durable: at once if all are. Never after a failed write.</summary>
    protected void WhenDurable(Action effect)
    {
        if (DurableSequence >= LastSequence)
            effect();
        else
            held.Enqueue(new HeldEffect(LastSequence, effect));
    }

    /// <inheritdoc/>
    protected sealed override void Receive(TCommand message) => Decide(message);

    /// <inheritdoc/>
    protected sealed override void OnStart()
    {
        Cell.Suspend();
        Run(RecoverAsync);
    }

    /// <inheritdoc/>
    protected override void OnTurnEnd() => Flush();

    private void Flush()
    {
        if (appending || gathering.Count == 0)
            return;
        appending = true;
        EventBuffer full = gathering;
        (gathering, spare) = (spare, full);
        JournalBatch batch = StreamChain.Seal(Lease, full.FirstSequence, full.Count, full.Bytes, DurableChain, persistence.Key);
        persistence.Ownership.WriteStarted();
        Run(cancelled => AppendAsync(batch, full, cancelled));
    }

    private async ValueTask AppendAsync(JournalBatch batch, EventBuffer full, CancellationToken ended)
    {
        ValueTask<AppendOutcome> append = persistence.Journal.AppendAsync(batch);
        OnAppending(batch);

        // A turn of its own, however soon the store answers: inside the turn that sent the batch its effects would run too early (a snapshot under
        // way would get the chain hash of a later event), and what they emit would wait for the next turn.
        AppendOutcome outcome = await append.AsTask().ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.ForceYielding);
        if (outcome != AppendOutcome.Unknown)
            persistence.Ownership.WriteEnded(batch.Epoch);
        ended.ThrowIfCancellationRequested();
        switch (outcome)
        {
            case AppendOutcome.Durable:
                appending = false;
                full.Clear();
                Release(batch);
                Cell.Resume();
                break;
            case AppendOutcome.Fenced:
                throw new StreamFencedException(batch.Stream, batch.Epoch);
            case AppendOutcome.Conflict:
                throw new StreamInterruptedException(batch.Stream, $"the journal already has an event {batch.FirstSequence}");
            default:
                throw new StreamInterruptedException(batch.Stream, $"no answer about events {batch.FirstSequence} to {batch.LastSequence}");
        }
    }

    private void Release(JournalBatch batch)
    {
        DurableSequence = batch.LastSequence;
        DurableChain = batch.Chain;
        OnDurable(batch);
        while (held.TryPeek(out HeldEffect next) && next.Sequence <= DurableSequence)
        {
            held.Dequeue();
            next.Effect();
        }

        if (LastSequence - snapshotSequence >= persistence.SnapshotEvery)
            TakeSnapshot();
    }

    private readonly record struct HeldEffect(long Sequence, Action Effect);
}
