using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Proxy;

/// <summary>What workers ask and say about their pay, and clients about their withdrawals: the treasury answers.</summary>
internal static class EarningsRequests
{
    private const int LinesMax = 100;

    public static void Handle(ILink link, EarningsQuery query, Bytes32 who, ProxyContext context)
    {
        if (context.Shards.Find(StreamId.Treasury).Here is { } treasury)
        {
            treasury.TellControl(new ProxyMessage.ToLedger(
                new QueryPayouts(who, 0, LinesMax, AccountRequests.Answer<PayoutsView>(view => Send(link, query, view)))));
        }
        else
        {
            Earnings elsewhere = new() { Query = query.Query, Reason = "the treasury is not served by this node now; ask another" };
            link.Send(0, FrameKind.Earnings, elsewhere, end: false);
        }
    }

    /// <summary>A worker brings the address that its owner signed. It brings it with every offer, so nothing is lost if nobody takes it now.</summary>
    public static void TakeAddress(WorkerOffer offer, PublicKey worker, ProxyContext context)
    {
        if (offer.Payout is not { } signed || context.Shards.Find(StreamId.Treasury).Here is not { } treasury)
            return;
        treasury.TellControl(new ProxyMessage.ToLedger(new SetPayoutAddress(worker, signed.Statement.Memory, signed.Signature.Memory, default)));
    }

    private static void Send(ILink link, EarningsQuery query, PayoutsView view)
    {
        Earnings earnings = new() { Query = query.Query, OwedNanoTon = view.Owed.Value };
        if (view.Address is { } address)
            earnings.Address = ByteString.CopyFrom(address.ToBytes());
        // What was never in a batch and is back in its owner's book did not come back from anywhere.
        earnings.Payouts.AddRange(view.Payouts.Where(payout => payout.Standing != PayoutStanding.Reopened || payout.Attempt != 0).Select(LineOf));
        link.Send(0, FrameKind.Earnings, earnings, end: false);
    }

    private static PayoutLine LineOf(PayoutView payout) => new()
    {
        Number = (ulong)payout.Number,
        AmountNanoTon = payout.Amount.Value,
        Phase = payout.Standing switch
        {
            PayoutStanding.Waiting => PayoutPhase.Pending,
            PayoutStanding.InFlight => PayoutPhase.InFlight,
            PayoutStanding.Paid => PayoutPhase.Paid,
            _ => PayoutPhase.Returned,
        },
        Destination = ByteString.CopyFrom(payout.Destination.ToBytes()),
        Transaction = payout.Transaction is { } transaction ? ByteString.CopyFrom(transaction.AsSpan()) : ByteString.Empty,
        Message = payout.MessageHash is { } message ? ByteString.CopyFrom(message.AsSpan()) : ByteString.Empty,
        PaidUnixSeconds = (ulong)payout.PaidUnixSeconds,
    };
}
