using Cocoon.Actors.Ledger;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Payouts;

/// <content>Answers to those who look.</content>
public sealed partial class PayoutActor
{
    private const int ListMax = 1_000;

    private void Decide(QueryTreasury query)
    {
        TreasuryView view = View();
        WhenDurable(() => query.Reply.Reply(view with { Head = Head }));
    }

    private TreasuryView View()
    {
        Payout[] waiting = [.. Waiting];
        return new TreasuryView(
            state,
            stateText,
            [.. Enumerable.Range(0, chain.Wallets.Count).Select(ViewOf)],
            waiting.Length,
            new NanoTon(waiting.Sum(payout => payout.Request.Amount)),
            Treasury.Attempts.Values.Select(ViewOf).FirstOrDefault(),
            [.. Treasury.Suspense.Values.OrderBy(deposit => deposit.LogicalTime).Take(ListMax)],
            [.. Treasury.Payouts.Values.Where(payout => payout.Standing == PayoutStanding.Bounced).Take(ListMax).Select(ViewOf)],
            Totals(),
            unexplained.Values.FirstOrDefault(),
            Head)
        {
            DailyOutflowMax = payouts.DailyOutflowMax,
            WaitingForDayCount = waitingForDay.Count,
            WaitingForDayAmount = waitingForDay.Amount,
            AnchoredUnixSeconds = Treasury.AnchoredUnixSeconds,
        };
    }

    private TreasuryTotals Totals()
    {
        (NanoTon fee, int count) = Treasury.LastBatch;
        long day = (lastReadings[payouts.PayoutWallet]?.ChainTimeUnixSeconds ?? 0) / SecondsPerDay;
        return new TreasuryTotals(
            Treasury.Deposited,
            Treasury.Paid,
            Treasury.Fees,
            Treasury.Returned,
            FreeCommission,
            Treasury.OutflowOn(day),
            count == 0 ? NanoTon.Zero : new NanoTon(fee.Value / count));
    }

    private WalletView ViewOf(int wallet) => new(
        wallet,
        chain.Wallets[wallet],
        new NanoTon(Treasury.Wallets.GetValueOrDefault(wallet)),
        lastReadings[wallet]?.Balance,
        CursorOf(wallet),
        lastReadings[wallet]?.ChainTimeUnixSeconds ?? 0);

    private AttemptView ViewOf(PayoutAttempt attempt)
    {
        PayoutPrepared batch = attempt.Batch;
        string answer = lastAnswer is null ? "not sent by this node yet" : $"{lastAnswer.Verdict} {lastAnswer.ExitCode} {lastAnswer.Detail}".TrimEnd();
        return new AttemptView(
            batch.Attempt, attempt.Standing, batch.Wallet, batch.Sequence, batch.CreatedAtUnixS, batch.TimeoutS, batch.Payouts.Count,
            new NanoTon(batch.Amount), Bytes32.From(batch.BodyHash.Span), sends, answer);
    }

    private static PayoutView ViewOf(Payout payout)
    {
        PayoutRequested request = payout.Request;
        WalletAddress.TryRead(request.Destination.Span, out WalletAddress destination);
        return new PayoutView(
            request.Payout, request.Kind, request.Beneficiary.IsEmpty ? null : Bytes32.From(request.Beneficiary.Span), destination,
            new NanoTon(request.Amount), payout.Standing, payout.Attempt, payout.Transaction, payout.Message, payout.PaidUnixSeconds, payout.Returned);
    }

    private void Decide(QueryPayouts query)
    {
        long before = query.Before <= 0 ? long.MaxValue : query.Before;
        PayoutView[] found = [.. Treasury.Payouts.Values.Reverse()
            .Where(payout => payout.Request.Payout < before && IsOf(query.Beneficiary, payout.Request.Beneficiary))
            .Take(Math.Clamp(query.Limit, 1, ListMax))
            .Select(ViewOf)];
        NanoTon owed = NanoTon.Zero;
        WalletAddress? address = null;
        if (query.Beneficiary is { } who && State.TryGetWorker(new PublicKey(who), out WorkerAccount? worker))
        {
            owed = worker.Balance;
            if (AddressOf(worker, UnixMs) is { } set && WalletAddress.TryRead(set.Address.Span, out WalletAddress known))
                address = known;
        }

        PayoutsView view = new(found, owed, address);
        WhenDurable(() => query.Reply.Reply(view));
    }

    private static bool IsOf(Bytes32? wanted, ByteString beneficiary) => wanted is not { } who || beneficiary.Span.SequenceEqual(who.AsSpan());
}
