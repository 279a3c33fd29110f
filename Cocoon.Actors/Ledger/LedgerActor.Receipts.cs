using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.V1;

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
    /// Reads the batch of an earlier settlement and signs over it anew; null when nobody knows where it is. A journal that does not hold
    /// what it confirmed was exchanged for an older copy: this memory is of a history that is gone, and ends before it tells more of it.
    /// </summary>
    private async ValueTask<Receipt?> FindReceiptAsync(long sequence)
    {
        if (receipts is null || sequence == 0)
            return null;
        IReadOnlyList<JournalBatch> page = await persistence.Journal.ReadAsync(Stream, sequence - 1, 1);
        Receipt? found = page.Count > 0 && page[0].FirstSequence <= sequence ? receipts.Sign(page[0]).Of(sequence) : null;
        return found ?? throw new StreamInterruptedException(Stream, $"the journal lacks event {sequence}, a settlement that it had confirmed");
    }
}
