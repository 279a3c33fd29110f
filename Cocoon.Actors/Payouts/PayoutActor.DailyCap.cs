using Cocoon.Actors.Ledger;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Payouts;

/// <content>The day's limit: a payout that no whole day allows is paid in parts, and what waits for another day is told.</content>
public sealed partial class PayoutActor
{
    // A payout that would take more days is left as it is: an operator has to look.
    private const long PartsMax = 366;

    private (int Count, NanoTon Amount) waitingForDay;

    /// <summary>
    /// Each payout above the day's limit goes back to its owner's book and is asked for again in equal parts, in the same turn. They depend on
    /// amount and limit alone, so that a restored ledger makes the same ones. A refund is left: it is one deposit.
    /// </summary>
    private void SplitOversized()
    {
        if (payouts.DailyOutflowMax is not { } most)
            return;
        foreach (Payout payout in Waiting.Where(payout => payout.Request.Amount > most.Value && payout.Request.Kind != PayoutKind.Refund).ToArray())
        {
            long left = payout.Request.Amount;
            long parts = ((left - 1) / most.Value) + 1;
            if (parts > PartsMax)
                continue;
            Reopen(payout, new NanoTon(left), $"in {parts} parts: more than the {most} of a day");
            for (; parts > 0; parts--)
            {
                long part = left / parts;
                left -= part;
                Request(payout.Request.Kind, payout.Request.Beneficiary, payout.Request.Destination, new NanoTon(part));
            }
        }
    }

    private void Reopen(Payout payout, NanoTon amount, string memo)
    {
        LedgerEvent reopened = NewEvent();
        reopened.PayoutReopened = new PayoutReopened
        {
            Payout = payout.Request.Payout,
            Amount = amount.Value,
            Memo = memo,
            Kind = payout.Request.Kind,
            Beneficiary = payout.Request.Beneficiary,
            Waiting = payout.Standing == PayoutStanding.Waiting,
        };
        Emit(reopened);
    }

    private string DailyLimitText(Payout first)
    {
        long number = first.Request.Payout;
        NanoTon amount = new(first.Request.Amount);
        string wait = $"the day's limit of {payouts.DailyOutflowMax} leaves no room for {waitingForDay.Count} payouts of {waitingForDay.Amount}";
        return amount > payouts.DailyOutflowMax
            ? $"{wait}; payout {number} of {amount} is above it on any day: raise payouts.daily-cap, or give it back with 'cocoon payouts retry {number}'"
            : $"{wait}; they wait for the next day (UTC)";
    }
}
