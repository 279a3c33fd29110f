using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Payouts;

/// <content>Who is due, what goes into a batch, and its bytes.</content>
public sealed partial class PayoutActor
{
    private const long SecondsPerDay = 86_400;
    private TimeSpan? waitingSince;
    private int failuresForgiven;
    private BatchSendAnswer? lastAnswer;
    private int sends;

    private void RequestEarnings()
    {
        long now = UnixMs;
        long oldest = now - (long)payouts.Age.TotalMilliseconds;
        List<(WorkerAccount Worker, ByteString Address)> due = [];
        foreach (WorkerAccount worker in State.Workers)
        {
            bool isDue = worker.Balance >= payouts.Threshold || (worker.Balance >= payouts.PayoutMin && worker.SinceUnixMs <= oldest);
            if (isDue && AddressOf(worker, now) is { } address && IsPayable(address.Address))
                due.Add((worker, address.Address));
        }

        due.Sort((left, right) => left.Worker.Id.CompareTo(right.Worker.Id));
        foreach ((WorkerAccount worker, ByteString address) in due)
            Request(PayoutKind.Earnings, Bytes(worker.Id.Value), address, worker.Balance);
        SplitOversized();
    }

    private static PayoutAddressSet? AddressOf(WorkerAccount worker, long nowUnixMs) =>
        worker.PendingAddress is { } pending && pending.EffectiveUnixMs <= nowUnixMs ? pending : worker.Address;

    private IEnumerable<Payout> Waiting => Treasury.Payouts.Values.Where(payout => payout.Standing == PayoutStanding.Waiting);

    /// <summary>Whether a batch is full, or its first payout has waited long enough for others.</summary>
    private bool IsBatchDue()
    {
        int waiting = Waiting.Take(payouts.BatchMax).Count();
        if (waiting == 0)
        {
            waitingSince = null;
            waitingForDay = default;
            return false;
        }

        waitingSince ??= Now;
        return waiting == payouts.BatchMax || Now - waitingSince >= payouts.GatherPeriod;
    }

    private void Originate(WalletReading reading, BatchFees? fees)
    {
        (state, stateText) = (PayoutState.Idle, "nothing is due");
        if (Treasury.Failures >= payouts.FailuresMax && Treasury.Failures != failuresForgiven)
        {
            (state, stateText) = (PayoutState.FailedTooOften,
                $"{Treasury.Failures} batches in a row failed: see their reasons; then 'cocoon payouts retry'");
        }
        else if (!IsBatchDue())
        {
            if (waitingSince is not null)
                stateText = "payouts wait for others to share their batch";
        }
        else if (fees is null)
        {
            stateText = trouble is null ? "a batch is due" : $"the chain's prices cannot be read, payouts wait: {trouble}";
        }
        else if (FeeOf(fees) is var fee && fee.PerPayout > payouts.FeePerPayoutMax)
        {
            (state, stateText) = (PayoutState.FeesTooHigh, $"a payout would cost {fee.PerPayout}, the limit is {payouts.FeePerPayoutMax}; payouts wait");
        }
        else if (Choose(reading, fee) is { Count: > 0 } chosen)
        {
            Prepare(reading, chosen);
        }
    }

    /// <summary>The chain's estimate, or what the last batch really cost if that was more.</summary>
    private BatchFees FeeOf(BatchFees estimate)
    {
        (NanoTon cost, int count) = Treasury.LastBatch;
        NanoTon measured = count == 0 ? NanoTon.Zero : new NanoTon(Math.Max(0, cost.Value - estimate.PerBatch.Value) / count);
        return estimate with { PerPayout = NanoTon.Max(estimate.PerPayout, measured) };
    }

    /// <summary>The oldest payouts that wallet and day allow; one that is too large does not hold up those behind it.</summary>
    private List<Payout> Choose(WalletReading reading, BatchFees fee)
    {
        NanoTon booked = new(Treasury.Wallets.GetValueOrDefault(payouts.PayoutWallet));
        NanoTon left = NanoTon.Min(reading.Balance, booked) - payouts.WalletReserve - fee.PerBatch;
        if (PayoutWallet.Kind == TreasuryWalletKind.HighloadV3)
            left -= payouts.SelfMessageValue;
        NanoTon today = new(long.MaxValue);
        if (payouts.DailyOutflowMax is { } most)
            today = most - Treasury.OutflowOn(CreatedAt(reading) / SecondsPerDay);
        List<Payout> chosen = [];
        Payout? unfunded = null;
        Payout? capped = null;
        waitingForDay = default;
        foreach (Payout payout in Waiting)
        {
            if (chosen.Count == payouts.BatchMax)
                break;
            NanoTon amount = new(payout.Request.Amount);
            if (amount > today)
            {
                capped ??= payout;
                waitingForDay = (waitingForDay.Count + 1, waitingForDay.Amount + amount);
            }
            else if (amount + fee.PerPayout > left)
            {
                unfunded ??= payout;
            }
            else
            {
                chosen.Add(payout);
                today -= amount;
                left -= amount + fee.PerPayout;
            }
        }

        if (chosen.Count == 0 && unfunded is not null)
        {
            (state, stateText) = (PayoutState.Insufficient,
                $"wallet {payouts.PayoutWallet} holds {reading.Balance}, payout {unfunded.Request.Payout} of {new NanoTon(unfunded.Request.Amount)} and its fees "
                + $"do not fit beside the reserve: send coins to {PayoutWallet.Address}");
        }
        else if (chosen.Count == 0 && capped is not null)
        {
            (state, stateText) = (PayoutState.DailyLimit, DailyLimitText(capped));
        }

        return chosen;
    }

    // A Highload wallet refuses what comes from its future; a V5R1 request only says until when it is valid.
    private long CreatedAt(WalletReading reading) => PayoutWallet.Kind == TreasuryWalletKind.HighloadV3
        ? reading.ChainTimeUnixSeconds - (long)payouts.CreatedBefore.TotalSeconds
        : reading.ChainTimeUnixSeconds;

    private void Prepare(WalletReading reading, List<Payout> chosen)
    {
        int wallet = payouts.PayoutWallet;
        LedgerEvent prepared = NewEvent();
        PayoutPrepared batch = prepared.PayoutPrepared = new PayoutPrepared
        {
            Attempt = Treasury.LastAttempt + 1,
            Wallet = wallet,
            Sequence = PayoutWallet.Kind == TreasuryWalletKind.HighloadV3 ? Treasury.NextSequence(wallet) : reading.Sequence,
            CreatedAtUnixS = CreatedAt(reading),
            TimeoutS = PayoutWallet.TimeoutSeconds,
            Amount = chosen.Sum(payout => payout.Request.Amount),
        };
        batch.Payouts.Add(chosen.Select(payout => payout.Request.Payout));
        BatchRequest request = new(
            batch.Sequence, batch.CreatedAtUnixS, [.. chosen.Select(PayoutOf)], payouts.SelfMessageValue, Deploy: !reading.IsDeployed)
        {
            AnchorComment = Anchor(batch),
        };
        PreparedBatch signed;
        try
        {
            signed = chain.Prepare(wallet, request);
        }
        catch (ArgumentException exception)
        {
            contradiction = $"batch {batch.Attempt} cannot be built: {exception.Message}";
            return;
        }

        batch.BodyHash = Bytes(signed.BodyHash);
        batch.Message = ByteString.CopyFrom(signed.Message.Span);
        Emit(prepared);
        waitingSince = null;
        lastAnswer = null;
        sends = 0;
        SendWhenDurable(batch);
    }

    private BatchPayout PayoutOf(Payout payout)
    {
        WalletAddress.TryRead(payout.Request.Destination.Span, out WalletAddress destination);
        string comment = payouts.Comment.Replace("{0}", payout.Request.Payout.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return new BatchPayout(destination, new NanoTon(payout.Request.Amount), comment);
    }

    /// <summary>Names the durable heads in the batch and returns the comment that anchors them, if it is time.</summary>
    private string? Anchor(PayoutPrepared batch)
    {
        bool isDue = payouts.AnchorPeriod > TimeSpan.Zero
            && batch.CreatedAtUnixS - Treasury.AnchoredUnixSeconds >= (long)payouts.AnchorPeriod.TotalSeconds && DurableSequence > 0;
        if (!isDue)
            return null;
        SortedDictionary<int, LedgerHead> newest = [];
        foreach (LedgerHead head in heads?.Newest ?? [])
            newest[head.Stream.Number] = head;
        newest[Head.Stream.Number] = Head;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] numbers = new byte[12];
        foreach (LedgerHead head in newest.Values)
        {
            BinaryPrimitives.WriteInt32BigEndian(numbers, head.Stream.Number);
            BinaryPrimitives.WriteInt64BigEndian(numbers.AsSpan(4), head.Sequence);
            hash.AppendData(numbers);
            hash.AppendData(head.Chain.AsSpan());
            batch.Anchor.Add(new StreamHead { Stream = head.Stream.Number, Sequence = head.Sequence, Chain = Bytes(head.Chain) });
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"cocoon heads treasury {Head.Sequence} {Head.Chain} all {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }

    /// <summary>Sends a batch's bytes once it is durable. What the chain says is for people: only the wallet's transactions count.</summary>
    private void SendWhenDurable(PayoutPrepared batch) => WhenDurable(() => Run(async ended =>
    {
        BatchSendAnswer answer;
        try
        {
            answer = await chain.SendAsync(batch.Wallet, batch.Message.Memory, ended);
        }
        catch (TreasuryUnavailableException exception)
        {
            answer = new BatchSendAnswer(BatchSendVerdict.Unknown, null, exception.Message);
        }

        ended.ThrowIfCancellationRequested();
        lastAnswer = answer;
        sends++;
        if (!Treasury.Attempts.TryGetValue(batch.Attempt, out PayoutAttempt? attempt) || attempt.Standing != AttemptStanding.Prepared)
            return;
        LedgerEvent sent = NewEvent();
        sent.PayoutSent = new PayoutSent { Attempt = batch.Attempt };
        Emit(sent);
    }));
}
