using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;

namespace Cocoon.Actors.Payouts;

/// <content>One round after the other: read every wallet, book what happened, then act. Two rounds never overlap.</content>
public sealed partial class PayoutActor
{
    private readonly WalletReading?[] lastReadings;
    private bool isInRound;
    private ActorTimer? nextRound;
    private string? trouble;
    private string? contradiction;
    private PayoutState state = PayoutState.Starting;
    private string stateText = "the wallets are being read for the first time";

    private void StartRound()
    {
        if (isInRound)
            return;
        isInRound = true;
        nextRound?.Cancel();
        Run(RoundAsync);
    }

    private async ValueTask RoundAsync(CancellationToken ended)
    {
        trouble = null;
        WalletReading?[] readings = new WalletReading?[chain.Wallets.Count];
        for (int wallet = 0; wallet < readings.Length && contradiction is null; wallet++)
        {
            if (await ReadAsync(wallet, ended) is not { } read || !Follows(wallet, read))
                continue;
            bool isExplained = Book(wallet, read);
            GiveUpIfDead(wallet, read);
            if (isExplained)
                readings[wallet] = lastReadings[wallet] = read;
        }

        BatchFees? fees = null;
        if (readings[payouts.PayoutWallet] is not null && Treasury.Attempts.Count == 0 && Blocked() is null && IsBatchDue())
            fees = await EstimateAsync(ended);
        Act(readings, fees);
        isInRound = false;
        nextRound = StartTimer(Treasury.Attempts.Count > 0 ? payouts.AttemptPeriod : payouts.ScanPeriod, RoundDue.Instance);
    }

    private async ValueTask<WalletReading?> ReadAsync(int wallet, CancellationToken ended)
    {
        try
        {
            WalletReading read = await chain.ReadAsync(wallet, CursorOf(wallet), ended);
            ended.ThrowIfCancellationRequested();
            return read;
        }
        catch (TreasuryUnavailableException exception)
        {
            ended.ThrowIfCancellationRequested();
            trouble = exception.Message;
        }
        catch (TreasuryContradictionException exception)
        {
            ended.ThrowIfCancellationRequested();
            contradiction = exception.Message;
        }

        return null;
    }

    private async ValueTask<BatchFees?> EstimateAsync(CancellationToken ended)
    {
        try
        {
            BatchFees fees = await chain.EstimateFeesAsync(payouts.PayoutWallet, ended);
            ended.ThrowIfCancellationRequested();
            return fees;
        }
        catch (TreasuryUnavailableException exception)
        {
            ended.ThrowIfCancellationRequested();
            trouble = exception.Message;
            return null;
        }
    }

    private ChainPoint? CursorOf(int wallet) =>
        Treasury.Cursors.TryGetValue(wallet, out ChainCursor? cursor) ? new ChainPoint(cursor.LogicalTime, Bytes32.From(cursor.Hash.Span)) : null;

    /// <summary>
    /// Nothing here waits: what was read is booked, so the books say what the chain said up to the reading's time. Bytes leave when the
    /// events before them are durable.
    /// </summary>
    private void Act(WalletReading?[] readings, BatchFees? fees)
    {
        if (Blocked() is { } blocked)
        {
            // What a restored ledger owes again may be what the transaction paid: it must be a payout to be named as such.
            if (unexplained.Count > 0)
                RequestEarnings();
            (state, stateText) = blocked;
            return;
        }

        // A wallet that was never read may hold what stops payouts.
        if (readings[payouts.PayoutWallet] is not { } reading || lastReadings.Contains(null))
        {
            (state, stateText) = (PayoutState.ChainUnavailable, $"the chain is out of reach, payouts wait: {trouble}");
            return;
        }

        RequestEarnings();
        if (Treasury.Attempts.Count > 0)
            Follow(Treasury.Attempts.Values.First(), readings);
        else
            Originate(reading, fees);
        if (Treasury.Attempts.Count > 0)
            (state, stateText) = (PayoutState.Paying, $"batch {Treasury.LastAttempt} is under way");
    }

    private (PayoutState State, string Text)? Blocked()
    {
        if (contradiction is not null)
            return (PayoutState.Stopped, $"{contradiction} Payouts and deposits wait; once it is understood, restart or run 'cocoon payouts retry'");
        if (unexplained.Values.FirstOrDefault() is { } found)
        {
            return (PayoutState.Unexplained,
                $"wallet {found.Wallet}, transaction {found.Transaction.Point.Hash}: {found.Reason}. A backup was restored, or "
                + "somebody else uses the wallet's key. Payouts wait until it is explained: 'cocoon payouts explain'");
        }

        if (Treasury.Awaited.Count > 0)
            return (PayoutState.Unexplained, "a request that was explained has not sent its batch yet; payouts wait for it");
        if (!PayoutWallet.CanSend)
            return (PayoutState.Stopped, $"the key of wallet {payouts.PayoutWallet} is not on this node; payouts wait");
        return null;
    }

    /// <summary>
    /// A batch that the wallet has not run by a time at which it no longer can: the reading's time, which was read before the
    /// transactions. Also where an unexplained transaction keeps the rest of them from being booked.
    /// </summary>
    private void GiveUpIfDead(int wallet, WalletReading reading)
    {
        long margin = (long)payouts.ExpiryMargin.TotalSeconds;
        foreach (PayoutAttempt attempt in Treasury.Attempts.Values.ToArray())
        {
            PayoutPrepared batch = attempt.Batch;
            bool isDead = batch.Wallet == wallet && attempt.Standing != AttemptStanding.Accepted
                && reading.ChainTimeUnixSeconds > checked(batch.CreatedAtUnixS + batch.TimeoutS + margin)
                && !reading.Transactions.Any(transaction => transaction.Incoming is RequestReceived request
                    && batch.BodyHash.Span.SequenceEqual(request.BodyHash.AsSpan()));
            if (!isDead)
                continue;
            LedgerEvent expired = NewEvent();
            expired.PayoutExpired = new PayoutExpired
            {
                Attempt = batch.Attempt,
                Amount = batch.Amount,
                ChainTimeUnixS = reading.ChainTimeUnixSeconds,
            };
            Emit(expired);
            lastAnswer = null;
            sends = 0;
        }
    }

    /// <summary>A batch under way is sent again until the wallet has run it.</summary>
    private void Follow(PayoutAttempt attempt, WalletReading?[] readings)
    {
        if (attempt.Standing != AttemptStanding.Accepted && attempt.Batch.Wallet < readings.Length && readings[attempt.Batch.Wallet] is not null)
            SendWhenDurable(attempt.Batch);
    }
}
