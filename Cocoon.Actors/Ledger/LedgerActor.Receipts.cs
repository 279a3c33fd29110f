using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Ledger;

/// <content>Receipts: one signature for each durable batch that settles something, and again from the journal when one was lost.</content>
public partial class LedgerActor
{
    // More than clocks of clients and nodes are apart.
    private static readonly TimeSpan SearchMargin = TimeSpan.FromHours(1);

    private BatchReceipts? newest;

    // Of the one batch that is being written: nobody sees it unless the write becomes durable.
    private BatchReceipts? signed;

    private readonly Queue<JobId> seeking = new();
    private readonly Dictionary<JobId, List<Action<SettledBefore>>> sought = [];

    /// <inheritdoc/>
    protected override void OnAppending(JournalBatch batch) => signed = receipts?.Sign(batch);

    /// <inheritdoc/>
    protected override void OnDurable(JournalBatch batch)
    {
        newest = signed;
        heads?.Advanced(Head);
    }

    private Receipt? ReceiptOf(long sequence) => newest?.Of(sequence);

    /// <summary>
    /// Tells where a job's newest settlement is and what the job cost by then, once everything before is durable: the state keeps the place of
    /// the newest settlements only, older ones are looked for, one after the other. A journal that does not hold what it confirmed was
    /// exchanged for an older copy: this memory is of a history that is gone, and ends before it tells more of it.
    /// </summary>
    private void TellSettled(JobId job, JobStanding standing, long known, Action<SettledBefore> tell)
    {
        bool isKept = standing is JobStanding.Unknown || known != 0;
        WhenDurable(() =>
        {
            if (isKept)
                Run(async _ => tell(known == 0 ? default : await ReadSettledAsync(known)));
            else
                Seek(job, tell);
        });
    }

    private void Seek(JobId job, Action<SettledBefore> tell)
    {
        if (sought.TryGetValue(job, out List<Action<SettledBefore>>? waiting))
        {
            waiting.Add(tell);
            return;
        }

        sought[job] = [tell];
        seeking.Enqueue(job);
        if (seeking.Count == 1)
            Run(SeekAsync);
    }

    private async ValueTask SeekAsync(CancellationToken ended)
    {
        SettlementSearch search = new(persistence.Journal, Stream);
        while (seeking.TryPeek(out JobId job))
        {
            // One that is too old to be told from a settled one may never have been settled: it was not before its session was opened.
            bool isThere = StandingOf(job) is JobStanding.Open or JobStanding.Closed;
            long oldest = (job.Session.OpenedUnixSeconds * 1000) - (long)SearchMargin.TotalMilliseconds;
            long sequence = await search.FindAsync(job, DurableSequence, isThere ? 0 : oldest);
            ended.ThrowIfCancellationRequested();
            SettledBefore found = sequence == 0 && !isThere ? default : await ReadSettledAsync(sequence);
            ended.ThrowIfCancellationRequested();
            seeking.Dequeue();
            sought.Remove(job, out List<Action<SettledBefore>>? waiting);
            foreach (Action<SettledBefore> tell in waiting!)
                tell(found);
        }
    }

    /// <summary>Reads the batch of an earlier settlement and signs over it anew.</summary>
    private async ValueTask<SettledBefore> ReadSettledAsync(long sequence)
    {
        IReadOnlyList<JournalBatch> page = sequence == 0 ? [] : await persistence.Journal.ReadAsync(Stream, sequence - 1, 1);
        if (page.Count == 0 || EventAt(page[0], sequence)?.Settlement is not { } settled)
            throw new StreamInterruptedException(Stream, $"the journal lacks event {sequence}, a settlement that it had confirmed");
        BatchReceipts? signed = receipts?.Sign(page[0]);
        HedgePaid? hedge = EventAt(page[0], sequence + 1)?.HedgePaid;
        bool isItsLoser = hedge is not null && hedge.Number == settled.Number && hedge.Session == settled.Session && hedge.Account == settled.Account;
        return new SettledBefore(sequence, new NanoTon(settled.Total), signed?.Of(sequence), isItsLoser ? signed?.Of(sequence + 1) : null);
    }

    private static LedgerEvent? EventAt(JournalBatch batch, long sequence)
    {
        EventBody body = new(batch.Stream, batch.FirstSequence, batch.Body.Span);
        for (long at = batch.FirstSequence; body.TryRead(out ReadOnlySpan<byte> bytes); at++)
        {
            if (at == sequence)
                return LedgerEvent.Parser.ParseFrom(bytes);
        }

        return null;
    }

    /// <summary>A settlement as the journal has it; zeros when there is none.</summary>
    private readonly record struct SettledBefore(long Sequence, NanoTon Total, Receipt? Receipt, Receipt? HedgeReceipt);
}
