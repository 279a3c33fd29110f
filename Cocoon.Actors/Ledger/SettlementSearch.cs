using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// Finds the newest settlements of an account's jobs in the journal, from its end backwards, where the state does not keep the place any
/// more. What is asked for was mostly settled a moment ago, so a search reads little; it never reads more than so many events.
/// </summary>
/// <param name="journal">The event store.</param>
/// <param name="stream">The stream.</param>
/// <param name="eventsMax">How many events it goes back.</param>
internal sealed class SettlementSearch(IJournal journal, StreamId stream, long eventsMax)
{
    /// <summary>Nothing was settled since the job can have been sent.</summary>
    public const long None = 0;

    /// <summary>The journal goes on beyond what was read: not known.</summary>
    public const long TooFar = -1;

    private const int StepEvents = 4096;
    private const int PageBytes = 1 << 20;

    /// <summary>
    /// For each of one account's jobs the sequence of its newest settlement up to <paramref name="last"/>, <see cref="None"/> or
    /// <see cref="TooFar"/>. With each job comes the time (milliseconds since 1970) before which it need not be looked for.
    /// </summary>
    public async ValueTask<IReadOnlyDictionary<JobId, long>> FindAsync(IReadOnlyDictionary<JobId, long> jobs, long last)
    {
        Dictionary<JobId, long> wanted = new(jobs);
        Dictionary<JobId, long> found = [];
        AccountId account = jobs.Keys.First().Account;
        byte[] bytes = account.Value.AsSpan().ToArray();
        long stop = Math.Max(0, last - eventsMax);
        for (long end = last; end > stop && wanted.Count > 0;)
        {
            long start = Math.Max(stop, end - StepEvents);
            (long firstRead, long firstUnixMs) = await ScanAsync(account, bytes, wanted, found, start, end);
            foreach (JobId job in found.Keys)
                wanted.Remove(job);
            foreach (JobId job in wanted.Where(entry => firstUnixMs < entry.Value).Select(static entry => entry.Key).ToArray())
            {
                wanted.Remove(job);
                found[job] = None;
            }

            end = Math.Min(start, firstRead - 1);
        }

        foreach (JobId job in wanted.Keys)
            found[job] = stop > 0 ? TooFar : None;
        return found;
    }

    /// <summary>Reads the batches that hold the events after <paramref name="start"/> up to <paramref name="end"/>.</summary>
    private async ValueTask<(long FirstRead, long FirstUnixMs)> ScanAsync(
        AccountId account, byte[] bytes, Dictionary<JobId, long> wanted, Dictionary<JobId, long> found, long start, long end)
    {
        (long FirstRead, long FirstUnixMs) result = (end, long.MaxValue);
        for (long after = start; after < end;)
        {
            IReadOnlyList<JournalBatch> page = await journal.ReadAsync(stream, after, PageBytes);
            if (page.Count == 0)
                break;
            foreach (JournalBatch batch in page)
            {
                long firstUnixMs = Scan(account, bytes, wanted, found, batch);
                if (after == start)
                    result = (batch.FirstSequence, firstUnixMs);
                after = batch.LastSequence;
            }
        }

        return result;
    }

    /// <summary>Notes what the batch settles; tells when its first event was.</summary>
    private static long Scan(AccountId account, byte[] bytes, Dictionary<JobId, long> wanted, Dictionary<JobId, long> found, JournalBatch batch)
    {
        long? firstUnixMs = null;
        EventBody body = new(batch.Stream, batch.FirstSequence, batch.Body.Span);
        for (long sequence = batch.FirstSequence; body.TryRead(out ReadOnlySpan<byte> read); sequence++)
        {
            // Parsing is what a search costs: only what names the account is worth it.
            if (firstUnixMs is not null && read.IndexOf(bytes) < 0)
                continue;
            LedgerEvent happened = LedgerEvent.Parser.ParseFrom(read);
            firstUnixMs ??= happened.TimeUnixMs;
            if (happened.Settlement is not { } settled || !settled.Account.Span.SequenceEqual(bytes))
                continue;
            JobId job = new(account, new SessionId(settled.Session), settled.Number);
            if (wanted.ContainsKey(job))
                found[job] = sequence;
        }

        return firstUnixMs ?? long.MaxValue;
    }
}
