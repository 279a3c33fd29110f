using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Payouts;

/// <content>What an operator decides, and where workers want their pay.</content>
public sealed partial class PayoutActor
{
    private void Decide(SetPayoutAddress set)
    {
        if (!PayoutAddress.TryRead(set.Statement.Span, out PayoutAddress wanted) || wanted.Scope != Scope || wanted.Worker != set.Worker)
        {
            Refuse(set.Reply, LedgerRefusal.Malformed, "this is no payout address of this worker for this network and operator");
            return;
        }

        if (set.Signature.Length != Statements.SignatureLength || !Verifier.Verify(wanted.Owner, set.Statement.Span, set.Signature.Span))
        {
            Refuse(set.Reply, LedgerRefusal.BadSignature, "the payout address is not signed by the owner that it names");
            return;
        }

        PayoutAddressSet? known = State.TryGetWorker(set.Worker, out WorkerAccount? worker) ? worker.PendingAddress ?? worker.Address : null;
        if (known is not null && known.Statement.Span.SequenceEqual(set.Statement.Span))
        {
            AnswerWhenDurable(set.Reply);
            return;
        }

        // Whoever takes a worker's machine does not take its pay: only the first owner's key changes the address, and not at once.
        if (known is not null && PayoutAddress.TryRead(known.Statement.Span, out PayoutAddress first) && first.Owner != wanted.Owner)
        {
            Refuse(set.Reply, LedgerRefusal.BadSignature, $"the worker's pay belongs to owner {first.Owner}, who has to sign");
            return;
        }

        LedgerEvent accepted = NewEvent();
        accepted.PayoutAddressSet = new PayoutAddressSet
        {
            Worker = Bytes(set.Worker.Value),
            Address = ByteString.CopyFrom(new WalletAddress(wanted.Workchain, wanted.Address).ToBytes()),
            EffectiveUnixMs = known is null ? accepted.TimeUnixMs : checked(accepted.TimeUnixMs + (long)payouts.AddressDelay.TotalMilliseconds),
            Statement = ByteString.CopyFrom(set.Statement.Span),
            Signature = ByteString.CopyFrom(set.Signature.Span),
            Sequence = wanted.Sequence,
        };
        if (known is not null && wanted.Sequence <= known.Sequence)
            Refuse(set.Reply, LedgerRefusal.Superseded, $"payout address {known.Sequence} is in force, {wanted.Sequence} is not newer");
        else if (TryEmit(accepted, set.Reply))
            AnswerWhenDurable(set.Reply);
    }

    private void Decide(AssignSuspense assign)
    {
        if (!Treasury.Suspense.TryGetValue(assign.Transaction, out DepositSeen? deposit))
        {
            Refuse(assign.Reply, LedgerRefusal.Malformed, $"no deposit with transaction {assign.Transaction} is in suspense");
            return;
        }

        NanoTon amount = new(deposit.Amount);
        EmitAssigned(assign.Transaction, amount, assign.Account, assign.Memo);
        if (assign.Account is { } account && amount > NanoTon.Zero)
            SendToAccount(TransferKind.Deposit, account, amount);
        AnswerWhenDurable(assign.Reply);
    }

    private void Decide(RefundSuspense refund)
    {
        if (!Treasury.Suspense.TryGetValue(refund.Transaction, out DepositSeen? deposit))
        {
            Refuse(refund.Reply, LedgerRefusal.Malformed, $"no deposit with transaction {refund.Transaction} is in suspense");
        }
        else if (deposit.Amount < payouts.PayoutMin.Value)
        {
            Refuse(refund.Reply, LedgerRefusal.Malformed, $"{new NanoTon(deposit.Amount)} is less than the {payouts.PayoutMin} that is sent at all; assign it");
        }
        else if (!IsPayable(deposit.Sender))
        {
            Refuse(refund.Reply, LedgerRefusal.Malformed, "the deposit's sender is no address that can be paid");
        }
        else
        {
            Request(PayoutKind.Refund, deposit.Transaction, deposit.Sender, new NanoTon(deposit.Amount));
            AnswerWhenDurable(refund.Reply);
        }
    }

    /// <summary>Commission that is not needed to cover what the chain cost, and what the operator took or lost.</summary>
    private NanoTon FreeCommission => NanoTon.Max(
        NanoTon.Zero, State.Total(BookKind.Commission) + State.Total(BookKind.NetworkFees) + State.Total(BookKind.OperatorFunding));

    private void Decide(WithdrawCommission withdraw)
    {
        NanoTon free = FreeCommission;
        NanoTon amount = withdraw.Amount ?? free;
        ByteString destination = ByteString.CopyFrom(withdraw.Destination.ToBytes());
        if (withdraw.Reference.Length > 0 && Treasury.HasReference(withdraw.Reference))
        {
            AnswerWhenDurable(withdraw.Reply);
        }
        else if (!IsPayable(destination))
        {
            Refuse(withdraw.Reply, LedgerRefusal.Malformed, $"{withdraw.Destination} is for test networks only; real coins sent there would be lost");
        }
        else if (amount > free || amount < payouts.PayoutMin)
        {
            Refuse(withdraw.Reply, LedgerRefusal.InsufficientBalance, $"{amount} was asked for; {free} of the commission is free, and at least {payouts.PayoutMin} is sent");
        }
        else
        {
            Request(PayoutKind.Commission, ByteString.Empty, destination, amount, withdraw.Reference);
            AnswerWhenDurable(withdraw.Reply);
        }
    }

    private void Decide(ReopenPayout reopen)
    {
        if (!Treasury.Payouts.TryGetValue(reopen.Payout, out Payout? payout) || payout.Standing is not (PayoutStanding.Bounced or PayoutStanding.Waiting))
        {
            Refuse(reopen.Reply, LedgerRefusal.Malformed, $"payout {reopen.Payout} neither came back nor waits");
            return;
        }

        NanoTon amount = payout.Standing == PayoutStanding.Waiting ? new NanoTon(payout.Request.Amount) : payout.Returned;
        Reopen(payout, amount, reopen.Memo);
        if (payout.Request.Kind == PayoutKind.Withdrawal)
            SendToAccount(TransferKind.Refund, new AccountId(Bytes32.From(payout.Request.Beneficiary.Span)), amount);
        AnswerWhenDurable(reopen.Reply);
    }

    private void Decide(RetryPayouts retry)
    {
        contradiction = null;
        failuresForgiven = Treasury.Failures;
        waitingSince = TimeSpan.Zero;
        StartRound();
        AnswerWhenDurable(retry.Reply);
    }

    private void Decide(ExplainOutflow explain)
    {
        UnexplainedView? found = unexplained.Values.FirstOrDefault(view => view.Transaction.Point.Hash == explain.Transaction);
        if (found is null)
        {
            Refuse(explain.Reply, LedgerRefusal.Malformed, $"payouts did not stop at transaction {explain.Transaction}: read the wallets again and look");
            return;
        }

        WalletTransaction transaction = found.Transaction;
        long[] numbers = [.. explain.Payouts.Distinct().Order()];
        LedgerEvent explained = NewEvent();
        explained.OutflowExplained = new OutflowExplained
        {
            Wallet = found.Wallet,
            Transaction = Bytes(transaction.Point.Hash),
            Amount = NetOutflow(found.Wallet, transaction).Value,
            Fee = transaction.Cost.Value,
            PayoutsAmount = numbers.Sum(number => Treasury.Payouts.TryGetValue(number, out Payout? payout) ? payout.Request.Amount : 0),
            Sequence = SequenceOf(transaction),
            Memo = explain.Memo,
            Cursor = CursorAt(found.Wallet, transaction),
            BatchFollows = IsRequestOfBatch(found.Wallet, transaction),
        };
        explained.OutflowExplained.Payouts.Add(numbers);
        explained.OutflowExplained.Owners.Add(explain.Workers.OrderBy(debit => debit.Worker).Select(debit => new OutflowOwner
        {
            Kind = PayoutKind.Earnings,
            Beneficiary = Bytes(debit.Worker.Value),
            Amount = debit.Amount.Value,
        }));
        if (!TryEmit(explained, explain.Reply))
            return;
        foreach (SentMessage sent in transaction.Sent)
            BookOwnTransfer(found.Wallet, sent.Destination, -sent.Amount, transaction);
        unexplained.Remove(found.Wallet);
        AnswerWhenDurable(explain.Reply);
        StartRound();
    }

    // Coins that made a wallet send others are an outflow less what came.
    private NanoTon NetOutflow(int wallet, WalletTransaction transaction) => transaction.Incoming is TransferReceived transfer && !IsOf(wallet, transfer.Sender)
        ? SumOf(transaction) - transfer.Amount
        : SumOf(transaction);

    private static long SequenceOf(WalletTransaction transaction) => transaction.Incoming switch
    {
        RequestReceived request when request.Sequence != ManualSequence => request.Sequence,
        BatchReceived batch => batch.Sequence,
        _ => -1,
    };

    private bool IsRequestOfBatch(int wallet, WalletTransaction transaction) => transaction.Incoming is RequestReceived
        && chain.Wallets[wallet].Kind == TreasuryWalletKind.HighloadV3
        && transaction.Sent.Count == 1 && IsOf(wallet, transaction.Sent[0].Destination);
}
