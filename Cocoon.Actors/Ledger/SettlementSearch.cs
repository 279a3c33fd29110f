using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// Finds a job's newest settlement in the journal, from its end backwards, where the state does not keep the place any more. What is asked
/// for was mostly settled a moment ago, so a search reads little.
/// </summary>
/// <param name="journal">The event store.</param>
/// <param name="stream">The stream.</param>
internal sealed class SettlementSearch(IJournal journal, StreamId stream)
{
    private const int StepEvents = 4096;
    private const int PageBytes = 1 << 20;

    /// <summary>
    /// Sequence of the job's newest settlement up to <paramref name="last"/>; 0 when there is none after <paramref name="oldestUnixMs"/>.
    /// </summary>
    public async ValueTask<long> FindAsync(JobId job, long last, long oldestUnixMs)
    {
        byte[] account = job.Account.Value.AsSpan().ToArray();
        for (long end = last; end > 0;)
        {
            long start = Math.Max(0, end - StepEvents);
            (long found, long firstRead, long firstUnixMs) = await ScanAsync(job, account, start, end);
            if (found != 0 || firstUnixMs < oldestUnixMs)
                return found;
            end = Math.Min(start, firstRead - 1);
        }

        return 0;
    }

    /// <summary>Reads the batches that hold the events after <paramref name="start"/> up to <paramref name="end"/>.</summary>
    private async ValueTask<(long Found, long FirstRead, long FirstUnixMs)> ScanAsync(JobId job, byte[] account, long start, long end)
    {
        (long Found, long FirstRead, long FirstUnixMs) result = (0, end, long.MaxValue);
        for (long after = start; after < end;)
        {
            IReadOnlyList<JournalBatch> page = await journal.ReadAsync(stream, after, PageBytes);
            if (page.Count == 0)
                break;
            foreach (JournalBatch batch in page)
            {
                (long found, long firstUnixMs) = Scan(job, account, batch);
                if (found != 0)
                    result.Found = found;
                if (after == start)
                    (result.FirstRead, result.FirstUnixMs) = (batch.FirstSequence, firstUnixMs);
                after = batch.LastSequence;
            }
        }

        return result;
    }

    private static (long Found, long FirstUnixMs) Scan(JobId job, byte[] account, JournalBatch batch)
    {
        long found = 0;
        long? firstUnixMs = null;
        EventBody body = new(batch.Stream, batch.FirstSequence, batch.Body.Span);
        for (long sequence = batch.FirstSequence; body.TryRead(out ReadOnlySpan<byte> bytes); sequence++)
        {
            // Parsing is what a search costs: only what names the account is worth it.
            if (firstUnixMs is not null && bytes.IndexOf(account) < 0)
                continue;
            LedgerEvent read = LedgerEvent.Parser.ParseFrom(bytes);
            firstUnixMs ??= read.TimeUnixMs;
            if (read.Settlement is { } settled && settled.Number == job.Number && settled.Session == job.Session.Value
                && settled.Account.Span.SequenceEqual(account))
                found = sequence;
        }

        return (found, firstUnixMs ?? long.MaxValue);
    }
}
