using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;
using Kind = Cocoon.Protocol.Journal.LedgerEvent.KindOneofCase;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// What each event means in the books, from the event alone: the one place that says it. Export, verification, the fold and the tests
/// all read it here. An event names each book at most once.
/// </summary>
public static class Postings
{
    /// <summary>
    /// The postings of <paramref name="ledgerEvent"/>, none for events that move no money. Throws <see cref="FormatException"/> when an
    /// identity has the wrong length, and <see cref="NotSupportedException"/> for an event of a newer version.
    /// </summary>
    public static IReadOnlyList<Posting> Of(LedgerEvent ledgerEvent)
    {
        List<Posting> postings = [];
        Append(ledgerEvent, postings);
        return postings;
    }

    /// <summary>Adds the postings of <paramref name="ledgerEvent"/> to a list, to spare an allocation for each event.</summary>
    public static void Append(LedgerEvent ledgerEvent, List<Posting> postings)
    {
        switch (ledgerEvent.KindCase)
        {
            case Kind.Settlement:
                Settlement settlement = ledgerEvent.Settlement;
                Add(postings, Client(settlement.Account), -settlement.Price);
                Add(postings, Worker(settlement.Worker), checked(settlement.Price - settlement.Commission));
                Add(postings, Book.Of(BookKind.Commission), settlement.Commission);
                break;
            case Kind.HedgePaid:
                Move(postings, Book.Of(BookKind.Hedges), Worker(ledgerEvent.HedgePaid.Worker), ledgerEvent.HedgePaid.Amount);
                break;
            case Kind.OperatorCredited:
                Book promised = Book.Of(BookKind.OperatorFunding);
                Move(postings, promised, Client(ledgerEvent.OperatorCredited.Account), ledgerEvent.OperatorCredited.Amount);
                break;
            case Kind.TransferOut or Kind.TransferIn or Kind.TransferAcknowledged:
                AppendTransfer(ledgerEvent, postings);
                break;
            case Kind.AccountOpened or Kind.CeilingSet or Kind.PurseSet or Kind.SessionsExpired:
            case Kind.EraClosed or Kind.WalletRegistered or Kind.PayoutAddressSet:
            case Kind.PayoutSent or Kind.ChainScanned or Kind.HeadsAnchored or Kind.LossAccepted or Kind.NumberSkipped:
                break;
            default:
                AppendTreasury(ledgerEvent, postings);
                break;
        }
    }

    private static void AppendTransfer(LedgerEvent ledgerEvent, List<Posting> postings)
    {
        switch (ledgerEvent.KindCase)
        {
            case Kind.TransferOut:
                TransferOut sent = ledgerEvent.TransferOut;
                Book source = sent.Kind == TransferKind.Lane ? Client(sent.Source) : EndOf(sent.Kind, sent.Beneficiary);
                Move(postings, source, Book.OfPeer(BookKind.InTransit, new StreamId(sent.To)), sent.Amount);
                break;
            case Kind.TransferIn:
                TransferIn received = ledgerEvent.TransferIn;
                Book from = Book.OfPeer(BookKind.Between, new StreamId(received.From));
                Move(postings, from, EndOf(received.Kind, received.Beneficiary), received.Amount);
                break;
            default:
                TransferAcknowledged arrived = ledgerEvent.TransferAcknowledged;
                StreamId to = new(arrived.To);
                Move(postings, Book.OfPeer(BookKind.InTransit, to), Book.OfPeer(BookKind.Between, to), arrived.Amount);
                break;
        }
    }

    private static void AppendTreasury(LedgerEvent ledgerEvent, List<Posting> postings)
    {
        switch (ledgerEvent.KindCase)
        {
            case Kind.DepositSeen:
                DepositSeen deposit = ledgerEvent.DepositSeen;
                Book depositor = deposit.Account.IsEmpty ? Suspense(deposit.Transaction) : Client(deposit.Account);
                Move(postings, Book.OfWallet(deposit.Wallet), depositor, deposit.Amount);
                break;
            case Kind.SuspenseAssigned:
                SuspenseAssigned assigned = ledgerEvent.SuspenseAssigned;
                Book assignee = assigned.Account.IsEmpty ? Book.Of(BookKind.Commission) : Client(assigned.Account);
                Move(postings, Suspense(assigned.Transaction), assignee, assigned.Amount);
                break;
            case Kind.OutflowExplained:
                OutflowExplained outflow = ledgerEvent.OutflowExplained;
                Add(postings, Book.Of(BookKind.Payable), -outflow.PayoutsAmount);
                long owned = outflow.PayoutsAmount;
                foreach (OutflowOwner owner in outflow.Owners)
                {
                    Add(postings, OwnerOf(owner.Kind, owner.Beneficiary), -owner.Amount);
                    owned = checked(owned + owner.Amount);
                }

                Add(postings, Book.Of(BookKind.OperatorFunding), checked(owned - outflow.Amount));
                Add(postings, Book.OfWallet(outflow.Wallet), checked(outflow.Amount + outflow.Fee));
                Add(postings, Book.Of(BookKind.NetworkFees), -outflow.Fee);
                break;
            case Kind.OwnTransferSeen:
                OwnTransferSeen moved = ledgerEvent.OwnTransferSeen;
                Move(postings, Book.OfWallet(moved.Wallet), Book.Of(BookKind.BetweenWallets), moved.Amount);
                break;
            case Kind.NetworkFeePaid:
                NetworkFeePaid fee = ledgerEvent.NetworkFeePaid;
                Move(postings, Book.Of(BookKind.NetworkFees), Book.OfWallet(fee.Wallet), fee.Amount);
                break;
            default:
                AppendPayout(ledgerEvent, postings);
                break;
        }
    }

    private static void AppendPayout(LedgerEvent ledgerEvent, List<Posting> postings)
    {
        switch (ledgerEvent.KindCase)
        {
            case Kind.PayoutRequested:
                PayoutRequested requested = ledgerEvent.PayoutRequested;
                Move(postings, OwnerOf(requested.Kind, requested.Beneficiary), Book.Of(BookKind.Payable), requested.Amount);
                break;
            case Kind.PayoutPrepared:
                Move(postings, Book.Of(BookKind.Payable), Book.Of(BookKind.Paying), ledgerEvent.PayoutPrepared.Amount);
                break;
            case Kind.PayoutAccepted:
                PayoutAccepted accepted = ledgerEvent.PayoutAccepted;
                Move(postings, Book.Of(BookKind.NetworkFees), Book.OfWallet(accepted.Wallet), accepted.Fee);
                break;
            case Kind.PayoutPaid:
                PayoutPaid paid = ledgerEvent.PayoutPaid;
                Add(postings, Book.Of(BookKind.Paying), checked(-paid.Amount - paid.SkippedAmount));
                Add(postings, Book.Of(BookKind.Payable), paid.SkippedAmount);
                Add(postings, Book.OfWallet(paid.Wallet), checked(paid.Amount + paid.Fee));
                Add(postings, Book.Of(BookKind.NetworkFees), -paid.Fee);
                break;
            case Kind.PayoutFailed:
                PayoutFailed failed = ledgerEvent.PayoutFailed;
                Move(postings, Book.Of(BookKind.Paying), Book.Of(BookKind.Payable), failed.Amount);
                Move(postings, Book.Of(BookKind.NetworkFees), Book.OfWallet(failed.Wallet), failed.Fee);
                break;
            case Kind.PayoutExpired:
                Move(postings, Book.Of(BookKind.Paying), Book.Of(BookKind.Payable), ledgerEvent.PayoutExpired.Amount);
                break;
            case Kind.PayoutBounced:
                PayoutBounced bounced = ledgerEvent.PayoutBounced;
                Move(postings, Book.OfWallet(bounced.Wallet), Book.Of(BookKind.Returned), bounced.Amount);
                break;
            case Kind.PayoutReopened:
                PayoutReopened reopened = ledgerEvent.PayoutReopened;
                Book held = Book.Of(reopened.Waiting ? BookKind.Payable : BookKind.Returned);
                Move(postings, held, OwnerOf(reopened.Kind, reopened.Beneficiary), reopened.Amount);
                break;
            default:
                throw UnknownEvent();
        }
    }

    internal static NotSupportedException UnknownEvent() =>
        new("the journal holds an event that this version does not know; run the version that wrote it, or a newer one");

    private static void Move(List<Posting> postings, Book from, Book to, long amount)
    {
        Add(postings, from, checked(-amount));
        Add(postings, to, amount);
    }

    private static void Add(List<Posting> postings, Book book, long amount) => postings.Add(new Posting(book, new NanoTon(amount)));

    private static Book EndOf(TransferKind kind, ByteString beneficiary) => kind switch
    {
        TransferKind.Deposit or TransferKind.Withdrawal or TransferKind.Lane or TransferKind.Refund => Client(beneficiary),
        TransferKind.Earnings => Worker(beneficiary),
        TransferKind.Commission => Book.Of(BookKind.Commission),
        _ => throw new NotSupportedException($"transfer kind {(int)kind} is not known to this version"),
    };

    private static Book OwnerOf(PayoutKind kind, ByteString beneficiary) => kind switch
    {
        PayoutKind.Earnings => Worker(beneficiary),
        PayoutKind.Withdrawal => Client(beneficiary),
        PayoutKind.Commission => Book.Of(BookKind.Commission),
        PayoutKind.Refund => Suspense(beneficiary),
        _ => throw new NotSupportedException($"payout kind {(int)kind} is not known to this version"),
    };

    private static Book Client(ByteString account) => new(BookKind.Client, Identity(account), 0);

    private static Book Worker(ByteString worker) => new(BookKind.Worker, Identity(worker), 0);

    private static Book Suspense(ByteString transaction) => new(BookKind.Suspense, Identity(transaction), 0);

    private static Bytes32 Identity(ByteString bytes)
    {
        if (bytes.Length != Bytes32.Length)
            throw new FormatException($"an identity in a ledger event has {bytes.Length} bytes instead of {Bytes32.Length}");
        return Bytes32.From(bytes.Span);
    }
}
