using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;
using Kind = Cocoon.Protocol.Journal.LedgerEvent.KindOneofCase;

namespace Cocoon.Host.Treasury;

/// <summary>
/// Compares the journal with the wallets' own transactions, up to the last transaction that the journal has booked: balances, fees, each
/// payout with the message that paid it, each deposit. It shares no code with the payout actor, so that a mistake there shows here.
/// </summary>
internal sealed class Reconciliation
{
    private readonly TreasuryJournal journal;
    private readonly IReadOnlyList<TreasuryWallet> wallets;
    private readonly List<string> problems = [];
    private readonly Dictionary<Bytes32, (SentMessage Message, ChainPoint Transaction)> sent = [];
    private readonly HashSet<Bytes32> explained = [];
    private readonly Dictionary<Bytes32, NanoTon> received = [];
    private NanoTon fees;

    private Reconciliation(TreasuryJournal journal, IReadOnlyList<TreasuryWallet> wallets)
    {
        this.journal = journal;
        this.wallets = wallets;
    }

    /// <summary>Compares. The readings are of the wallets in the journal's order, each from its first transaction on, and newer than the journal.</summary>
    public static ReconcileReport Compare(TreasuryJournal journal, IReadOnlyList<TreasuryWallet> wallets, IReadOnlyList<WalletReading> readings)
    {
        Reconciliation work = new(journal, wallets);
        List<WalletReport> reports = [];
        foreach (int number in journal.Treasury.Cursors.Keys.Where(number => number >= wallets.Count))
            work.problems.Add($"the journal knows a wallet {number}, treasury.wallet-files has only {wallets.Count}");
        for (int number = 0; number < wallets.Count; number++)
            reports.Add(work.Take(number, readings[number]));
        (int payouts, NanoTon paid) = work.MatchPayouts();
        NanoTon paidOnChain = work.FindUnexplained();
        (int deposits, NanoTon deposited) = work.MatchDeposits();
        NanoTon feesBooked = journal.Treasury.Fees;
        if (feesBooked != work.fees)
            work.problems.Add($"fees: the journal has {feesBooked}, the chain {work.fees}");
        return new ReconcileReport(reports, payouts, paid, paidOnChain, deposits, deposited, feesBooked, work.fees, work.problems);
    }

    private WalletReport Take(int number, WalletReading reading)
    {
        NanoTon booked = new(journal.Treasury.Wallets.GetValueOrDefault(number));
        NanoTon balance = NanoTon.Zero;
        int count = 0;
        long until = 0;
        if (journal.Treasury.Cursors.TryGetValue(number, out ChainCursor? cursor))
        {
            until = cursor.LogicalTime;
            Bytes32 hash = Bytes32.From(cursor.Hash.Span);
            if (!reading.Transactions.Any(transaction => transaction.Point == new ChainPoint(until, hash)))
                problems.Add($"wallet {number}: the chain has no transaction {until} ({hash}), which the journal has booked: another network, or a fork");
        }

        foreach (WalletTransaction transaction in reading.Transactions.Where(transaction => transaction.Point.LogicalTime <= until))
        {
            count++;
            balance += Effect(number, transaction);
        }

        if (balance != booked)
            problems.Add($"wallet {number}: the journal says {booked}, the chain {balance} at the same transaction");
        return new WalletReport(
            number, wallets[number].Address.ToString(), booked, balance, reading.Balance, count, reading.Transactions.Count - count);
    }

    /// <summary>What a transaction changed; what a wallet sends to itself never leaves it.</summary>
    private NanoTon Effect(int number, WalletTransaction transaction)
    {
        NanoTon effect = -transaction.Cost;
        fees += transaction.Cost;
        NanoTon sentBack = NanoTon.Zero;
        foreach (SentMessage message in transaction.Sent.Where(message => !IsWallet(number, message.Destination)))
        {
            effect -= message.Amount;
            bool isReturn = transaction.Incoming is TransferReceived from && message.Destination.IsSameAccount(from.Sender);
            if (isReturn)
                sentBack += message.Amount;
            else if (!IsOwn(message.Destination) && !sent.TryAdd(message.MessageHash, (message, transaction.Point)))
                problems.Add($"wallet {number}: message {message.MessageHash} is in two transactions");
        }

        if (transaction.Incoming is TransferReceived transfer && !IsWallet(number, transfer.Sender))
        {
            effect += transfer.Amount;
            if (!IsOwn(transfer.Sender) && transfer.Amount > sentBack)
                received[transaction.Point.Hash] = transfer.Amount - sentBack;
        }

        return effect;
    }

    /// <summary>Each payout that the journal holds for paid, with the one message that paid it.</summary>
    private (int Count, NanoTon Sum) MatchPayouts()
    {
        Dictionary<long, PayoutRequested> requests = [];
        Dictionary<long, PayoutPrepared> batches = [];
        Dictionary<long, Bytes32> paid = [];
        NanoTon sum = NanoTon.Zero;
        foreach (LedgerEvent one in journal.Events)
        {
            if (one.KindCase == Kind.PayoutRequested)
                requests[one.PayoutRequested.Payout] = one.PayoutRequested;
            else if (one.KindCase == Kind.PayoutPrepared)
                batches[one.PayoutPrepared.Attempt] = one.PayoutPrepared;
            else if (one.KindCase == Kind.OutflowExplained)
                sum += TakeExplained(one.OutflowExplained);
            else if (one.KindCase == Kind.PayoutPaid)
                sum += TakePaid(one.PayoutPaid, batches[one.PayoutPaid.Attempt], requests, paid);
        }

        return (paid.Count, sum);
    }

    private NanoTon TakeExplained(OutflowExplained outflow)
    {
        Bytes32 transaction = Bytes32.From(outflow.Transaction.Span);
        foreach ((Bytes32 hash, (_, ChainPoint point)) in sent)
        {
            if (point.Hash == transaction)
                explained.Add(hash);
        }

        return new NanoTon(outflow.Amount);
    }

    private NanoTon TakePaid(PayoutPaid done, PayoutPrepared batch, Dictionary<long, PayoutRequested> requests, Dictionary<long, Bytes32> paid)
    {
        NanoTon sum = NanoTon.Zero;
        for (int place = 0; place < batch.Payouts.Count; place++)
        {
            ByteString hash = done.MessageHashes[place];
            if (hash.IsEmpty)
                continue;
            long number = batch.Payouts[place];
            PayoutRequested request = requests[number];
            Bytes32 message = Bytes32.From(hash.Span);
            sum += new NanoTon(request.Amount);
            if (!paid.TryAdd(number, message))
                problems.Add($"payout {number} is paid twice in the journal, the second time by batch {batch.Attempt}");
            else if (!explained.Add(message))
                problems.Add($"payout {number}: message {message} paid another payout already");
            else
                CheckMessage(number, request, message, Bytes32.From(done.Transaction.Span));
        }

        return sum;
    }

    private void CheckMessage(long number, PayoutRequested request, Bytes32 message, Bytes32 transaction)
    {
        bool isAddress = WalletAddress.TryRead(request.Destination.Span, out WalletAddress destination);
        if (!sent.TryGetValue(message, out (SentMessage Message, ChainPoint Transaction) found) || found.Transaction.Hash != transaction)
            problems.Add($"payout {number}: the chain has no message {message} in transaction {transaction}");
        else if (!isAddress || !found.Message.Destination.IsSameAccount(destination) || found.Message.Amount.Value != request.Amount)
            problems.Add($"payout {number}: {new NanoTon(request.Amount)} to {destination} in the journal, {found.Message.Amount} to {found.Message.Destination} on the chain");
    }

    private NanoTon FindUnexplained()
    {
        NanoTon sum = NanoTon.Zero;
        foreach ((Bytes32 hash, (SentMessage message, ChainPoint transaction)) in sent)
        {
            sum += message.Amount;
            if (!explained.Contains(hash) && message.Amount > NanoTon.Zero)
                problems.Add($"transaction {transaction.Hash} sent {message.Amount} to {message.Destination}, which no payout explains");
        }

        return sum;
    }

    private (int Count, NanoTon Sum) MatchDeposits()
    {
        NanoTon sum = NanoTon.Zero;
        int count = 0;
        foreach (LedgerEvent one in journal.Events)
        {
            (ByteString? transaction, long amount) = one.KindCase switch
            {
                Kind.DepositSeen => (one.DepositSeen.Transaction, one.DepositSeen.Amount),
                Kind.PayoutBounced => (one.PayoutBounced.Transaction, one.PayoutBounced.Amount),
                _ => (null, 0L),
            };
            if (transaction is null || amount == 0)
                continue;
            count++;
            sum += new NanoTon(amount);
            Bytes32 hash = Bytes32.From(transaction.Span);
            if (!received.Remove(hash, out NanoTon onChain))
                problems.Add($"deposit of {new NanoTon(amount)}: the chain has no such transfer in transaction {hash}, or it is booked twice");
            else if (onChain.Value != amount)
                problems.Add($"deposit {hash}: {new NanoTon(amount)} in the journal, {onChain} on the chain");
        }

        foreach ((Bytes32 hash, NanoTon amount) in received)
            problems.Add($"transaction {hash} brought {amount}, which the journal did not book");
        return (count, sum);
    }

    private bool IsWallet(int number, WalletAddress address) => wallets[number].Address.IsSameAccount(address);

    private bool IsOwn(WalletAddress address) => wallets.Any(wallet => wallet.Address.IsSameAccount(address));
}
