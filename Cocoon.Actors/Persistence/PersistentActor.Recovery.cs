using System.Buffers;
using Cocoon.Actors.Ports;

namespace Cocoon.Actors.Persistence;

/// <content>Reading the stream back, and snapshots.</content>
public abstract partial class PersistentActor<TCommand, TEvent, TState>
{
    private const int PageBytes = 4 << 20;

    private async ValueTask RecoverAsync(CancellationToken ended)
    {
        await persistence.Ownership.SettleAsync();
        await LoadSnapshotAsync();
        while (true)
        {
            ended.ThrowIfCancellationRequested();
            IReadOnlyList<JournalBatch> page = await persistence.Journal.ReadAsync(Lease.Stream, DurableSequence, PageBytes);
            ended.ThrowIfCancellationRequested();
            if (page.Count == 0)
                break;
            foreach (JournalBatch batch in page)
                Replay(batch);
        }

        OnRecovered();
        Cell.Resume();
    }

    private async ValueTask LoadSnapshotAsync()
    {
        Snapshot? snapshot = await persistence.Snapshots.LoadAsync(Lease.Stream);
        if (snapshot is null)
            return;
        Protocol.Identity.Bytes32 mac =
            StreamChain.SnapshotMac(Lease.Stream, snapshot.Sequence, snapshot.Chain, snapshot.Body.Span, persistence.Key);
        if (mac != snapshot.Mac)
            throw new StreamCorruptException(Lease.Stream, snapshot.Sequence, "the snapshot's MAC is not of this ledger key");
        State = fold.DecodeState(snapshot.Body.Span);
        DurableSequence = LastSequence = snapshotSequence = snapshot.Sequence;
        DurableChain = snapshot.Chain;
    }

    private void Replay(JournalBatch batch)
    {
        StreamChain.Verify(batch, DurableSequence, DurableChain, persistence.Key);
        EventBody events = new(batch.Stream, batch.FirstSequence, batch.Body.Span);
        int count = 0;
        while (events.TryRead(out ReadOnlySpan<byte> bytes))
        {
            fold.Apply(State, fold.DecodeEvent(bytes));
            count++;
        }

        if (count != batch.Count)
            throw new StreamCorruptException(batch.Stream, batch.FirstSequence, $"the batch claims {batch.Count} events and holds {count}");
        DurableSequence = LastSequence = batch.LastSequence;
        DurableChain = batch.Chain;
    }

    /// <summary>
    /// Encodes the state as it stands, undurable events included, and saves it once those are durable: a snapshot is an effect like any
    /// other, so it never holds an event that the journal lost.
    /// </summary>
    private void TakeSnapshot()
    {
        if (snapshotting)
            return;
        snapshotting = true;
        long sequence = snapshotSequence = LastSequence;
        ArrayBufferWriter<byte> body = new();
        fold.EncodeState(State, body);

        // The state holds the events being gathered: send them now, so that a batch ends exactly here and its chain hash is the snapshot's.
        Flush();
        WhenDurable(() => SaveSnapshot(sequence, body.WrittenMemory));
    }

    private void SaveSnapshot(long sequence, ReadOnlyMemory<byte> body)
    {
        Protocol.Identity.Bytes32 mac = StreamChain.SnapshotMac(Lease.Stream, sequence, DurableChain, body.Span, persistence.Key);
        Snapshot snapshot = new(Lease.Stream, sequence, DurableChain, body, mac);
        Run(async _ =>
        {
            await persistence.Snapshots.SaveAsync(snapshot);
            snapshotting = false;
        });
    }
}
