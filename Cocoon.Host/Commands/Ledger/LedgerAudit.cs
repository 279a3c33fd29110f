using System.Buffers;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;

namespace Cocoon.Host.Commands.Ledger;

/// <summary>What reading one stream from its first event found.</summary>
/// <param name="State">The books, up to the problem if there is one.</param>
/// <param name="Events">Events read.</param>
/// <param name="Batches">Batches read.</param>
/// <param name="Head">The last point that is in order.</param>
/// <param name="Problem">What is wrong: stream, event, expected, found; null when all is in order.</param>
internal sealed record StreamAudit(LedgerState State, long Events, long Batches, LedgerHead Head, string? Problem);

/// <summary>Reads streams as an auditor does: every chain hash, every MAC, every event, every snapshot.</summary>
internal sealed class LedgerAudit(JournalReader reader, LedgerKey key)
{
    private const int PageBytes = 4 << 20;

    /// <summary>Called with each event and its sequence, for those who want more than the books.</summary>
    public Action<StreamId, long, LedgerEvent>? Each { get; init; }

    /// <summary>Called with the events read so far.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>Reads one stream to its end or to its first problem.</summary>
    public StreamAudit Read(StreamId stream)
    {
        LedgerFold fold = new(stream);
        StreamAudit audit = new(fold.Empty(), 0, 0, new LedgerHead(stream, 0, default), null);
        Snapshot? snapshot = reader.LoadInTransaction(stream);
        while (true)
        {
            List<JournalBatch> page = reader.ReadInTransaction(stream, audit.Head.Sequence, PageBytes);
            foreach (JournalBatch batch in page)
            {
                audit = Take(audit, batch, fold);
                if (audit.Problem is null && snapshot?.Sequence == batch.LastSequence)
                    audit = audit with { Problem = ProblemOf(snapshot, audit) };
                if (audit.Problem is not null)
                    return audit;
            }

            Progress?.Invoke(audit.Events);
            if (page.Count == 0)
                break;
        }

        if (snapshot is not null && snapshot.Sequence > audit.Head.Sequence)
            return audit with { Problem = $"{stream}: the snapshot is of event {snapshot.Sequence}, the journal ends with {audit.Head.Sequence}" };
        return audit;
    }

    private StreamAudit Take(StreamAudit audit, JournalBatch batch, LedgerFold fold)
    {
        long sequence = batch.FirstSequence;
        try
        {
            StreamChain.Verify(batch, audit.Head.Sequence, audit.Head.Chain, key);
            EventBody events = new(batch.Stream, batch.FirstSequence, batch.Body.Span);
            while (events.TryRead(out ReadOnlySpan<byte> bytes))
            {
                LedgerEvent ledgerEvent = fold.DecodeEvent(bytes);
                audit.State.Apply(ledgerEvent);
                Each?.Invoke(batch.Stream, sequence, ledgerEvent);
                sequence++;
            }
        }
        catch (StreamCorruptException exception)
        {
            Bytes32 mac = key.Mac(batch.Chain.AsSpan());
            string found = mac == batch.Mac ? "" : $" (MAC expected {mac}, found {batch.Mac})";
            return audit with { Problem = exception.Message + found };
        }
        catch (Exception exception) when (exception is LedgerContradictionException or FormatException or NotSupportedException)
        {
            string where = exception is LedgerContradictionException ? "" : $"{batch.Stream}, event {sequence}: ";
            return audit with { Problem = where + exception.Message };
        }

        if (sequence != batch.LastSequence + 1)
            return audit with { Problem = $"{batch.Stream}, event {batch.FirstSequence}: the batch claims {batch.Count} events and holds {sequence - batch.FirstSequence}" };
        return audit with
        {
            Events = audit.Events + batch.Count,
            Batches = audit.Batches + 1,
            Head = new LedgerHead(batch.Stream, batch.LastSequence, batch.Chain),
        };
    }

    private string? ProblemOf(Snapshot snapshot, StreamAudit audit)
    {
        string where = $"{snapshot.Stream}, snapshot of event {snapshot.Sequence}: ";
        Bytes32 mac = StreamChain.SnapshotMac(snapshot.Stream, snapshot.Sequence, snapshot.Chain, snapshot.Body.Span, key);
        if (snapshot.Chain != audit.Head.Chain)
            return $"{where}chain hash expected {audit.Head.Chain}, found {snapshot.Chain}";
        if (mac != snapshot.Mac)
            return $"{where}MAC expected {mac}, found {snapshot.Mac}";
        ArrayBufferWriter<byte> replayed = new();
        audit.State.WriteSnapshot(replayed);
        return replayed.WrittenSpan.SequenceEqual(snapshot.Body.Span) ? null : where + "it differs from what the events give";
    }
}
