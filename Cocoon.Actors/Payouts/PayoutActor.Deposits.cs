using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Payouts;

/// <content>Coins that came in.</content>
public sealed partial class PayoutActor
{
    /// <summary>A deposit with this comment is the operator's own money.</summary>
    public const string OperatorComment = "cocoon:operator";

    /// <summary>A deposit's comment may start with this before the account.</summary>
    public const string AccountCommentPrefix = "cocoon:";

    // Highload V3's last query id: never a batch's, so that sending by hand cannot use up a batch's number.
    private const long ManualSequence = 8_380_415;

    private string? BookTransfer(int wallet, WalletTransaction transaction, TransferReceived transfer)
    {
        if (transaction.Sent.Any(sent => !sent.Destination.IsSameAccount(transfer.Sender)))
            return $"coins from {transfer.Sender} made it send {SumOf(transaction)}";
        NanoTon kept = transfer.Amount;
        foreach (SentMessage back in transaction.Sent)
            kept -= back.Amount;
        if (IsOf(wallet, transfer.Sender))
            return BookCost(wallet, transaction);
        if (WalletOf(transfer.Sender) is not null)
            BookOwnTransfer(wallet, transfer.Sender, kept, transaction);
        else if (kept < NanoTon.Zero)
            return $"it sent {-kept} more to {transfer.Sender} than came from there";
        else if (transaction.Sent.Count > 0)
            BookSentBack(wallet, transaction, transfer, kept);
        else if (transfer.IsBounced && FindPayout(transfer) is { } payout)
            BookBounced(wallet, transaction, payout, kept);
        else
            BookDeposit(wallet, transaction, transfer);
        return BookCost(wallet, transaction);
    }

    // A wallet that is not deployed sends back what bounces. What little it kept of it went into fees.
    private void BookSentBack(int wallet, WalletTransaction transaction, TransferReceived transfer, NanoTon kept)
    {
        if (kept == NanoTon.Zero)
            return;
        EmitDeposit(wallet, transaction, transfer, kept, null, SuspenseReason.Bounced);
        EmitAssigned(transaction.Point.Hash, kept, null, "kept of a transfer that was sent back");
    }

    private void BookDeposit(int wallet, WalletTransaction transaction, TransferReceived transfer)
    {
        string comment = transfer.Comment.Trim();
        SuspenseReason reason = ReasonToWait(transfer);
        if (reason == SuspenseReason.Unspecified && comment == OperatorComment)
        {
            EmitDeposit(wallet, transaction, transfer, transfer.Amount, null, SuspenseReason.UnknownAccount);
            EmitAssigned(transaction.Point.Hash, transfer.Amount, null, comment);
            return;
        }

        AccountId? account = reason == SuspenseReason.Unspecified ? AccountOf(comment, transfer.Sender) : null;
        if (account is null && reason == SuspenseReason.Unspecified)
            reason = SuspenseReason.UnknownAccount;
        bool isFull = Treasury.Suspense.Count >= payouts.SuspenseMax;
        EmitDeposit(wallet, transaction, transfer, transfer.Amount, account, reason);
        if (account is { } owner)
            SendToAccount(TransferKind.Deposit, owner, transfer.Amount);
        else if (isFull && reason == SuspenseReason.Dust)
            EmitAssigned(transaction.Point.Hash, transfer.Amount, null, "dust beyond what suspense holds");
    }

    private SuspenseReason ReasonToWait(TransferReceived transfer)
    {
        if (transfer.IsBounced)
            return SuspenseReason.Bounced;
        if (transfer.IsJetton)
            return SuspenseReason.Jetton;
        return transfer.Amount < payouts.DepositMin || transfer.Amount == NanoTon.Zero ? SuspenseReason.Dust : SuspenseReason.Unspecified;
    }

    /// <summary>The account that the comment names; else the one that registered the sender, if it is the only one.</summary>
    private AccountId? AccountOf(string comment, WalletAddress sender)
    {
        string name = comment.StartsWith(AccountCommentPrefix, StringComparison.OrdinalIgnoreCase) ? comment[AccountCommentPrefix.Length..] : comment;
        if (Bytes32.TryParseHex(name, out Bytes32 named))
            return new AccountId(named);
        IReadOnlyList<AccountId> owners = Treasury.OwnersOf(sender);
        return owners.Count == 1 ? owners[0] : null;
    }

    private void EmitDeposit(
        int wallet, WalletTransaction transaction, TransferReceived transfer, NanoTon amount, AccountId? account, SuspenseReason reason)
    {
        LedgerEvent seen = NewEvent();
        seen.DepositSeen = new DepositSeen
        {
            Wallet = wallet,
            Amount = amount.Value,
            Account = account is { } owner ? Bytes(owner.Value) : ByteString.Empty,
            Sender = ByteString.CopyFrom(transfer.Sender.ToBytes()),
            LogicalTime = transaction.Point.LogicalTime,
            Transaction = Bytes(transaction.Point.Hash),
            Comment = transfer.Comment,
            Reason = reason,
            Cursor = CursorAt(wallet, transaction),
        };
        Emit(seen);
    }

    private void EmitAssigned(Bytes32 transaction, NanoTon amount, AccountId? account, string memo)
    {
        LedgerEvent assigned = NewEvent();
        assigned.SuspenseAssigned = new SuspenseAssigned
        {
            Transaction = Bytes(transaction),
            Amount = amount.Value,
            Account = account is { } owner ? Bytes(owner.Value) : ByteString.Empty,
            Memo = memo,
        };
        Emit(assigned);
    }

    /// <summary>The newest paid payout to the account that sent it back, of at least what came.</summary>
    private Payout? FindPayout(TransferReceived transfer) => transfer.Amount == NanoTon.Zero
        ? null
        : Treasury.Payouts.Values.LastOrDefault(payout => payout.Standing == PayoutStanding.Paid && payout.Request.Amount >= transfer.Amount.Value
            && WalletAddress.TryRead(payout.Request.Destination.Span, out WalletAddress to) && to.IsSameAccount(transfer.Sender));

    private void BookBounced(int wallet, WalletTransaction transaction, Payout payout, NanoTon amount)
    {
        LedgerEvent bounced = NewEvent();
        bounced.PayoutBounced = new PayoutBounced
        {
            Payout = payout.Request.Payout,
            Amount = amount.Value,
            Transaction = Bytes(transaction.Point.Hash),
            Cursor = CursorAt(wallet, transaction),
            Wallet = wallet,
        };
        Emit(bounced);
    }
}
