using Cocoon.Host.Configuration;
using Cocoon.Host.Treasury;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;
using Kind = Cocoon.Protocol.Journal.LedgerEvent.KindOneofCase;

namespace Cocoon.Host.Commands.Payouts;

/// <summary>All payouts of a journal, from its first event: eras that were closed forget paid ones, the events do not.</summary>
internal sealed class PayoutLedger
{
    private readonly SortedDictionary<long, PayoutEntry> entries = [];
    private readonly Dictionary<long, PayoutPrepared> batches = [];
    private readonly Dictionary<long, NanoTon> accepted = [];
    private readonly string explorer;

    public PayoutLedger(TreasuryJournal journal, string explorer)
    {
        this.explorer = explorer;
        foreach (LedgerEvent one in journal.Events)
            Take(one);
    }

    /// <summary>The payouts, by number.</summary>
    public IReadOnlyCollection<PayoutEntry> Entries => entries.Values;

    private void Take(LedgerEvent one)
    {
        switch (one.KindCase)
        {
            case Kind.PayoutRequested:
                Request(one.PayoutRequested);
                break;
            case Kind.PayoutPrepared:
                batches[one.PayoutPrepared.Attempt] = one.PayoutPrepared;
                Mark(one.PayoutPrepared.Payouts, entry => entry with { State = "in-flight", Batch = one.PayoutPrepared.Attempt });
                break;
            case Kind.PayoutAccepted:
                accepted[one.PayoutAccepted.Attempt] = new NanoTon(one.PayoutAccepted.Fee);
                break;
            case Kind.PayoutPaid:
                Pay(one.PayoutPaid);
                break;
            case Kind.PayoutFailed:
                Mark(batches[one.PayoutFailed.Attempt].Payouts, entry => entry with { State = "waiting" });
                break;
            case Kind.PayoutExpired:
                Mark(batches[one.PayoutExpired.Attempt].Payouts, entry => entry with { State = "waiting" });
                break;
            case Kind.PayoutBounced:
                Mark([one.PayoutBounced.Payout], entry => entry with { State = "returned" });
                break;
            case Kind.PayoutReopened:
                Mark([one.PayoutReopened.Payout], entry => entry with { State = "reopened" });
                break;
            case Kind.OutflowExplained:
                string hash = Hex(one.OutflowExplained.Transaction);
                Mark(one.OutflowExplained.Payouts, entry => entry with { State = "paid", Transaction = hash, Link = TreasuryOptions.LinkOf(explorer, hash) });
                break;
        }
    }

    private void Request(PayoutRequested request)
    {
        string destination = WalletAddress.TryRead(request.Destination.Span, out WalletAddress address) ? address.ToString() : "";
        string kind = request.Kind.ToString().ToLowerInvariant();
        entries[request.Payout] = new PayoutEntry(
            request.Payout, kind, Hex(request.Beneficiary), destination, new NanoTon(request.Amount), "waiting", 0, null, "", "", "", "");
    }

    private void Pay(PayoutPaid paid)
    {
        PayoutPrepared batch = batches[paid.Attempt];
        int count = paid.MessageHashes.Count(hash => !hash.IsEmpty);
        NanoTon fee = new(paid.Fee + accepted.GetValueOrDefault(paid.Attempt).Value);
        string transaction = Hex(paid.Transaction);
        for (int place = 0; place < batch.Payouts.Count; place++)
        {
            ByteString message = paid.MessageHashes[place];
            if (message.IsEmpty)
            {
                Mark([batch.Payouts[place]], entry => entry with { State = "waiting" });
                continue;
            }

            Mark([batch.Payouts[place]], entry => entry with
            {
                State = "paid",
                Fee = new NanoTon(fee.Value / Math.Max(1, count)),
                Transaction = transaction,
                Message = Hex(message),
                PaidAt = paid.Cursor is { } cursor ? AnswerPrinter.Date(cursor.TimeUnixS) : "",
                Link = TreasuryOptions.LinkOf(explorer, transaction),
            });
        }
    }

    private void Mark(IEnumerable<long> numbers, Func<PayoutEntry, PayoutEntry> change)
    {
        foreach (long number in numbers)
        {
            if (entries.TryGetValue(number, out PayoutEntry? entry))
                entries[number] = change(entry);
        }
    }

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}
