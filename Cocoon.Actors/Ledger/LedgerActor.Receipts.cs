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
    private BatchReceipts? newest;

    // Of the one batch that is being written: nobody sees it unless the write becomes durable.
    private BatchReceipts? signed;

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
    /// the newest settlements only, older ones are looked for, and not beyond a bound. A journal that does not hold what it confirmed was
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

    /// <summary>A settlement as the journal has it; zeros when there is none, or it lies too far back to be looked for.</summary>
    private readonly record struct SettledBefore(long Sequence, NanoTon Total, Receipt? Receipt, Receipt? HedgeReceipt, bool IsTooFar = false);
}
