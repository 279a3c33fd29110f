using Cocoon.Protocol;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// What must hold of the books (docs/money.md): used by <c>cocoon ledger verify</c>, by the simulator and by the tests. Each function
/// returns one sentence for each violation; none means that all is well.
/// </summary>
public static class LedgerInvariants
{
    /// <summary>One stream: its books sum to zero, totals equal their parts, and no book is on its wrong side.</summary>
    public static IReadOnlyList<string> Check(LedgerState state)
    {
        List<string> violations = [];
        Int128[] parts = new Int128[Book.KindCount];
        foreach ((Book book, NanoTon amount) in state.Balances())
        {
            parts[(int)book.Kind] += amount.Value;
            if (!Book.IsClearing(book.Kind) && (Book.IsDebit(book.Kind) ? amount > NanoTon.Zero : amount < NanoTon.Zero))
                violations.Add($"{state.Stream}: {book} is on the wrong side of zero: {amount.Value} nanoTON");
        }

        Int128 sum = 0;
        foreach (BookKind kind in Enum.GetValues<BookKind>())
        {
            sum += state.Total(kind).Value;
            if (parts[(int)kind] != state.Total(kind).Value)
                violations.Add($"{state.Stream}: the {kind} books hold {parts[(int)kind]} nanoTON, their total says {state.Total(kind).Value}");
        }

        if (sum != 0)
            violations.Add($"{state.Stream}: the books sum to {sum} nanoTON instead of zero");
        CheckAccounts(state, violations);
        CheckTransfers(state, violations);
        CheckTreasury(state, violations);
        return violations;
    }

    /// <summary>
    /// All streams of one operator at one instant, the treasury among them if it exists: each by itself, and what is on its way between
    /// each pair is what was sent and has not arrived; over all streams the books sum to zero, which is the identity
    /// cash = liabilities + equity.
    /// </summary>
    public static IReadOnlyList<string> CheckAll(IEnumerable<LedgerState> states)
    {
        List<string> violations = [];
        SortedDictionary<StreamId, LedgerState> streams = [];
        foreach (LedgerState state in states)
        {
            streams.Add(state.Stream, state);
            violations.AddRange(Check(state));
        }

        foreach (LedgerState sender in streams.Values)
        {
            foreach (TransferPeer peer in sender.Peers)
            {
                if (streams.TryGetValue(peer.Stream, out LedgerState? receiver))
                    CheckPair(sender, peer, receiver, violations);
                else
                    violations.Add($"{sender.Stream} exchanged money with {peer.Stream}, which does not exist");
            }
        }

        return violations;
    }

    private static void CheckPair(LedgerState sender, TransferPeer peer, LedgerState receiver, List<string> violations)
    {
        receiver.TryGetPeer(sender.Stream, out TransferPeer? back);
        long arrived = back?.LastReceived ?? 0;
        long acknowledged = peer.LastSent - peer.Outstanding.Count;
        if (arrived > peer.LastSent || arrived < acknowledged)
        {
            violations.Add(
                $"{receiver.Stream} received transfer {arrived} from {sender.Stream}, which sent {peer.LastSent} and had {acknowledged} acknowledged");
        }

        if (sender.Stream.CompareTo(receiver.Stream) > 0 && back is not null)
            return;
        // What passed for good cancels between the two; the rest is under way, in both directions.
        Int128 underWay = UnderWay(peer, arrived);
        Int128 booked = (Int128)peer.InTransit.Value + peer.Between.Value;
        if (sender.Stream != receiver.Stream && back is not null)
        {
            underWay += UnderWay(back, peer.LastReceived);
            booked += (Int128)back.InTransit.Value + back.Between.Value;
        }

        if (booked != underWay)
            violations.Add($"{sender.Stream} and {receiver.Stream}: {booked} nanoTON are booked as under way, {underWay} are");
    }

    private static Int128 UnderWay(TransferPeer peer, long arrived)
    {
        Int128 sum = 0;
        foreach (Protocol.Journal.TransferOut transfer in peer.Outstanding)
        {
            if (transfer.Number > arrived)
                sum += transfer.Amount;
        }

        return sum;
    }

    private static void CheckAccounts(LedgerState state, List<string> violations)
    {
        foreach (ClientAccount account in state.Accounts)
        {
            if (account.Settled < NanoTon.Zero)
                violations.Add($"{state.Stream}: account {account.Id} settled {account.Settled.Value} nanoTON");
            foreach (Purse purse in account.Purses.Values)
            {
                if (purse.Spent < NanoTon.Zero || purse.Spent > account.Settled)
                    violations.Add($"{state.Stream}: purse {purse.Terms.Purse} of account {account.Id} spent {purse.Spent.Value} nanoTON");
            }
        }
    }

    private static void CheckTransfers(LedgerState state, List<string> violations)
    {
        foreach (TransferPeer peer in state.Peers)
        {
            long outstanding = 0;
            long last = peer.LastSent - peer.Outstanding.Count;
            foreach (Protocol.Journal.TransferOut transfer in peer.Outstanding)
            {
                outstanding += transfer.Amount;
                if (transfer.Number != ++last)
                    violations.Add($"{state.Stream}: outstanding transfers to {peer.Stream} have a gap before {transfer.Number}");
            }

            if (outstanding != peer.InTransit.Value)
                violations.Add($"{state.Stream}: {peer.InTransit.Value} nanoTON are in transit to {peer.Stream}, transfers of {outstanding} are outstanding");
        }
    }

    private static void CheckTreasury(LedgerState state, List<string> violations)
    {
        if (state.Treasury is not { } treasury)
            return;
        Int128 waiting = 0;
        Int128 inFlight = 0;
        Int128 returned = 0;
        foreach (Payout payout in treasury.Payouts.Values)
        {
            if (payout.Standing == PayoutStanding.Waiting)
                waiting += payout.Request.Amount;
            else if (payout.Standing == PayoutStanding.InFlight)
                inFlight += payout.Request.Amount;
            else if (payout.Standing == PayoutStanding.Bounced)
                returned += payout.Returned.Value;
        }

        Expect(BookKind.Payable, waiting);
        Expect(BookKind.Paying, inFlight);
        Expect(BookKind.Returned, returned);
        Expect(BookKind.NetworkFees, -(Int128)treasury.Fees.Value);
        Int128 cash = (Int128)treasury.Deposited.Value - treasury.Paid.Value - treasury.Fees.Value + treasury.Returned.Value;
        Expect(BookKind.Cash, -cash + -(Int128)state.Total(BookKind.BetweenWallets).Value);

        void Expect(BookKind kind, Int128 amount)
        {
            if (state.Total(kind).Value != amount)
                violations.Add($"{state.Stream}: the {kind} books hold {state.Total(kind).Value} nanoTON, its records say {amount}");
        }
    }
}
