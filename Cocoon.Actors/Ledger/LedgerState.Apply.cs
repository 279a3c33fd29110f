using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Kind = Cocoon.Protocol.Journal.LedgerEvent.KindOneofCase;

namespace Cocoon.Actors.Ledger;

public sealed partial class LedgerState
{
    /// <summary>
    /// Applies the next event. Throws <see cref="LedgerContradictionException"/> when the state rules it out, and
    /// <see cref="NotSupportedException"/> for an event of a newer version; the state is then unchanged.
    /// </summary>
    public void Apply(LedgerEvent ledgerEvent)
    {
        if (ledgerEvent.KindCase == Kind.Settlement)
        {
            ApplySettlement(ledgerEvent.Settlement, ledgerEvent.TimeUnixMs);
            Sequence++;
            return;
        }

        postings.Clear();
        try
        {
            Postings.Append(ledgerEvent, postings);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw Contradiction(exception.Message);
        }

        CheckFacts(ledgerEvent);
        CheckPostings();
        foreach (Posting posting in postings)
            Post(posting, ledgerEvent.TimeUnixMs);
        RecordFacts(ledgerEvent);
        Sequence++;
    }

    // The one event that matters for speed: the same checks and effects as its postings, with each book looked up once.
    private void ApplySettlement(Settlement settlement, long timeUnixMs)
    {
        SessionId sessionId = new(settlement.Session);
        PublicKey workerId = KeyOf(settlement.Worker);
        if (!accounts.TryGetValue(AccountIdOf(settlement.Account), out ClientAccount? account))
            throw Contradiction("settles for an account that has no money");
        account.Sessions.TryGetValue(settlement.Session, out Session? session);
        CheckSettlement(settlement, account, session, sessionId);
        Purse? purse = null;
        if (settlement.Purse != 0 && !account.Purses.TryGetValue(settlement.Purse, out purse))
            throw Contradiction($"settles from purse {settlement.Purse}, which does not exist");

        WorkerAccount worker = Worker(workerId);
        NanoTon price = new(settlement.Price);
        NanoTon commission = new(settlement.Commission);
        NanoTon earned = price - commission;
        if (worker.Balance == NanoTon.Zero && earned > NanoTon.Zero)
            worker.SinceUnixMs = timeUnixMs;
        account.Balance -= price;
        account.Settled += price;
        worker.Balance += earned;
        worker.Earned += earned;
        AddTotal(BookKind.Client, -price);
        AddTotal(BookKind.Worker, earned);
        AddTotal(BookKind.Commission, commission);
        if (purse is not null)
            purse.Spent += price;
        if (session is null)
            account.Sessions.Add(settlement.Session, session = new Session(sessionId));
        session.Settle(settlement.Number, settlement.Instalment, settlement.Total, settlement.Final, Sequence + 1);
        if (settlement.Final)
            SettledJobs++;
    }

    private void CheckSettlement(Settlement settlement, ClientAccount account, Session? session, SessionId id)
    {
        if (settlement.Price < 0 || settlement.Commission < 0 || settlement.Commission > settlement.Price)
            throw Contradiction($"settles a price of {settlement.Price} with a commission of {settlement.Commission}");
        if (settlement.Price > account.Balance.Value)
            throw Contradiction($"settles {settlement.Price} nanoTON from account {account.Id}, which has {account.Balance.Value}");
        if (settlement.Number < 1 || settlement.Instalment < 1)
            throw Contradiction($"settles job number {settlement.Number}, instalment {settlement.Instalment}; both count from 1");
        if (id.OpenedUnixSeconds < SessionsOpenedBefore)
            throw Contradiction($"settles a job of session {id}, which has expired");
        JobStanding standing = session?.Standing(settlement.Number) ?? JobStanding.Unknown;
        if (standing == JobStanding.Closed || (standing == JobStanding.TooOld && !settlement.Late))
            throw Contradiction($"settles job {account.Id}/{id}/{settlement.Number} again, which is {standing}");
        OpenJob before = session?.Instalments(settlement.Number) ?? default;
        if (settlement.Instalment <= before.Instalment)
            throw Contradiction($"settles instalment {settlement.Instalment} after {before.Instalment}");
        if (settlement.Total - before.Total != settlement.Price)
            throw Contradiction($"a total of {settlement.Total} after {before.Total} does not come from a price of {settlement.Price}");
    }

    private void CheckPostings()
    {
        Int128 sum = 0;
        foreach (Posting posting in postings)
        {
            sum += posting.Amount.Value;
            BookKind kind = posting.Book.Kind;
            if (!Stream.IsTreasury && kind >= BookKind.Cash)
                throw Contradiction($"posts to {posting.Book}, which only the treasury has");
            if (posting.Amount == NanoTon.Zero)
                continue;
            Int128 after = (Int128)BalanceOf(posting.Book).Value + posting.Amount.Value;
            Int128 total = (Int128)totals[(int)kind] + posting.Amount.Value;
            if (Int128.Abs(after) > long.MaxValue || Int128.Abs(total) > long.MaxValue)
                throw Contradiction($"moves {posting.Amount.Value} nanoTON on {posting.Book}, which then leaves the range of 64 bits");
            bool wrongSide = !Book.IsClearing(kind) && (Book.IsDebit(kind) ? after > 0 : after < 0);
            if (wrongSide)
                throw Contradiction($"moves {posting.Amount.Value} nanoTON on {posting.Book}, which has {BalanceOf(posting.Book).Value}");
        }

        if (sum != 0)
            throw Contradiction($"its postings sum to {sum} instead of zero");
    }

    /// <summary>The balance of one book; zero when it was never used.</summary>
    public NanoTon BalanceOf(Book book) => book.Kind switch
    {
        BookKind.Client => accounts.TryGetValue(new AccountId(book.Owner), out ClientAccount? account) ? account.Balance : NanoTon.Zero,
        BookKind.Worker => workers.TryGetValue(new PublicKey(book.Owner), out WorkerAccount? worker) ? worker.Balance : NanoTon.Zero,
        BookKind.InTransit => peers.TryGetValue(new StreamId(book.Index), out TransferPeer? peer) ? peer.InTransit : NanoTon.Zero,
        BookKind.Between => peers.TryGetValue(new StreamId(book.Index), out TransferPeer? peer) ? peer.Between : NanoTon.Zero,
        BookKind.Cash => new NanoTon(-(Treasury?.Wallets.GetValueOrDefault(book.Index) ?? 0)),
        BookKind.Suspense => new NanoTon(Treasury?.Suspense.GetValueOrDefault(book.Owner)?.Amount ?? 0),
        _ => Total(book.Kind),
    };

    private void Post(Posting posting, long timeUnixMs)
    {
        (Book book, NanoTon amount) = posting;
        switch (book.Kind)
        {
            case BookKind.Client:
                Account(new AccountId(book.Owner)).Balance += amount;
                break;
            case BookKind.Worker:
                PostToWorker(Worker(new PublicKey(book.Owner)), amount, timeUnixMs);
                break;
            case BookKind.InTransit:
                Peer(new StreamId(book.Index)).InTransit += amount;
                break;
            case BookKind.Between:
                Peer(new StreamId(book.Index)).Between += amount;
                break;
            case BookKind.Cash:
                Treasury!.AddCash(book.Index, -amount);
                break;
        }

        AddTotal(book.Kind, amount);
    }

    private static void PostToWorker(WorkerAccount worker, NanoTon amount, long timeUnixMs)
    {
        if (worker.Balance == NanoTon.Zero)
            worker.SinceUnixMs = timeUnixMs;
        worker.Balance += amount;
        if (worker.Balance == NanoTon.Zero)
            worker.SinceUnixMs = 0;
        if (amount > NanoTon.Zero)
            worker.Earned += amount;
    }

    private void AddTotal(BookKind kind, NanoTon amount) => totals[(int)kind] = checked(totals[(int)kind] + amount.Value);
}
