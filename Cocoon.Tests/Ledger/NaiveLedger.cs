using Cocoon.Protocol;
using Cocoon.Protocol.Journal;

namespace Cocoon.Tests.Ledger;

/// <summary>
/// One stream's books the plainest way: a dictionary of named books, lists and sets. It shares no code with the ledger, and says for each
/// event whether it may happen.
/// </summary>
internal sealed class NaiveLedger(StreamId stream)
{
    private readonly Dictionary<string, long> books = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, ulong, long), (int Instalment, long Total, bool Final)> jobs = [];
    private readonly Dictionary<(string, ulong), long> highest = [];
    private readonly Dictionary<int, List<TransferOut>> sent = [];
    private readonly Dictionary<int, long> acknowledged = [];
    private readonly Dictionary<int, long> received = [];
    private readonly Dictionary<string, long> suspense = new(StringComparer.Ordinal);
    private readonly Dictionary<long, (string Owner, long Amount, string Standing)> payouts = [];
    private readonly Dictionary<long, (long[] Payouts, long Amount)> attempts = [];
    private long lastPayout;
    private long lastAttempt;
    private long lastDeposit;
    private long expired;

    public IReadOnlyDictionary<string, long> Books => books;

    public IReadOnlyList<TransferOut> Sent(StreamId to) => sent.GetValueOrDefault(to.Number) ?? [];

    public long Acknowledged(StreamId to) => acknowledged.GetValueOrDefault(to.Number);

    public long Received(StreamId from) => received.GetValueOrDefault(from.Number);

    public long LastPayout => lastPayout;

    public long LastAttempt => lastAttempt;

    public long LastDeposit => lastDeposit;

    public IEnumerable<long> PayoutsThatAre(string standing) =>
        payouts.Where(entry => entry.Value.Standing == standing).Select(entry => entry.Key).Order();

    public IEnumerable<long> Attempts => attempts.Keys.Order();

    public long AttemptAmount(long attempt) => attempts[attempt].Amount;

    public (string Owner, long Amount, string Standing) PayoutOf(long payout) => payouts[payout];

    public IEnumerable<KeyValuePair<string, long>> Suspense => suspense.OrderBy(entry => entry.Key, StringComparer.Ordinal);

    /// <summary>Applies the event if it may happen; says whether it did.</summary>
    public bool TryApply(LedgerEvent e) => e.KindCase switch
    {
        LedgerEvent.KindOneofCase.OperatorCredited => e.OperatorCredited.Amount > 0
            && Move("operator-funding", Client(e.OperatorCredited.Account), e.OperatorCredited.Amount, fromMayBeNegative: true),
        LedgerEvent.KindOneofCase.Settlement => Settle(e.Settlement),
        LedgerEvent.KindOneofCase.HedgePaid => e.HedgePaid.Amount > 0
            && Move("hedges", $"worker/{Hex(e.HedgePaid.Worker)}", e.HedgePaid.Amount, fromMayBeNegative: true),
        LedgerEvent.KindOneofCase.SessionsExpired => Expire(e.SessionsExpired.OpenedBeforeUnixS),
        LedgerEvent.KindOneofCase.TransferOut => Send(e.TransferOut),
        LedgerEvent.KindOneofCase.TransferIn => Receive(e.TransferIn),
        LedgerEvent.KindOneofCase.TransferAcknowledged => Acknowledge(e.TransferAcknowledged),
        LedgerEvent.KindOneofCase.DepositSeen => Deposit(e.DepositSeen),
        LedgerEvent.KindOneofCase.SuspenseAssigned => Assign(e.SuspenseAssigned),
        LedgerEvent.KindOneofCase.PayoutRequested => Request(e.PayoutRequested),
        LedgerEvent.KindOneofCase.PayoutPrepared => Prepare(e.PayoutPrepared),
        LedgerEvent.KindOneofCase.PayoutPaid => End(e.PayoutPaid.Attempt, "paid", "cash/0", e.PayoutPaid.Fee),
        LedgerEvent.KindOneofCase.PayoutFailed => End(e.PayoutFailed.Attempt, "waiting", "payable", e.PayoutFailed.Fee),
        LedgerEvent.KindOneofCase.PayoutExpired => End(e.PayoutExpired.Attempt, "waiting", "payable", 0),
        LedgerEvent.KindOneofCase.PayoutBounced => Bounce(e.PayoutBounced),
        LedgerEvent.KindOneofCase.PayoutReopened => Reopen(e.PayoutReopened),
        _ => throw new InvalidOperationException($"{e.KindCase} is not in the model"),
    };

    private bool Settle(Settlement s)
    {
        (string, ulong) session = (Hex(s.Account), s.Session);
        (string, ulong, long) job = (Hex(s.Account), s.Session, s.Number);
        (int Instalment, long Total, bool Final) before = jobs.GetValueOrDefault(job);
        bool tooOld = before.Instalment == 0 && s.Number <= highest.GetValueOrDefault(session) - 4096;
        bool live = new SessionId(s.Session).OpenedUnixSeconds >= expired;
        if (!live || before.Final || tooOld || s.Instalment <= before.Instalment || s.Total != before.Total + s.Price)
            return false;
        if (s.Price < 0 || s.Price > books.GetValueOrDefault(Client(s.Account)) || !books.ContainsKey(Client(s.Account)))
            return false;
        Add(Client(s.Account), -s.Price);
        Add($"worker/{Hex(s.Worker)}", s.Price - s.Commission);
        Add("commission", s.Commission);
        jobs[job] = (s.Instalment, s.Total, s.Final);
        highest[session] = Math.Max(highest.GetValueOrDefault(session), s.Number);
        return true;
    }

    private bool Expire(long before)
    {
        if (before < expired)
            return false;
        expired = before;
        return true;
    }

    private bool Send(TransferOut t)
    {
        List<TransferOut> list = sent.TryGetValue(t.To, out List<TransferOut>? known) ? known : sent[t.To] = [];
        string source = t.Kind == TransferKind.Lane ? Client(t.Source) : End(t.Kind, t.Beneficiary);
        if (t.Amount <= 0 || t.Number != list.Count + 1 || !Move(source, $"in-transit/{new StreamId(t.To)}", t.Amount))
            return false;
        list.Add(t);
        return true;
    }

    private bool Receive(TransferIn t)
    {
        if (t.Amount <= 0 || t.Number != received.GetValueOrDefault(t.From) + 1)
            return false;
        received[t.From] = t.Number;
        return Move($"between/{new StreamId(t.From)}", End(t.Kind, t.Beneficiary), t.Amount, fromMayBeNegative: true);
    }

    private bool Acknowledge(TransferAcknowledged t)
    {
        List<TransferOut> list = sent.GetValueOrDefault(t.To) ?? [];
        long first = acknowledged.GetValueOrDefault(t.To);
        long amount = list.Where(transfer => transfer.Number > first && transfer.Number <= t.Number).Sum(transfer => transfer.Amount);
        if (t.Number > list.Count || amount == 0 || amount != t.Amount)
            return false;
        acknowledged[t.To] = t.Number;
        return Move($"in-transit/{new StreamId(t.To)}", $"between/{new StreamId(t.To)}", amount);
    }

    private bool Deposit(DepositSeen d)
    {
        if (!stream.IsTreasury || d.LogicalTime <= lastDeposit || d.Amount < 0)
            return false;
        lastDeposit = d.LogicalTime;
        string owner = d.Account.IsEmpty ? $"suspense/{Hex(d.Transaction)}" : Client(d.Account);
        if (d.Account.IsEmpty)
            suspense[Hex(d.Transaction)] = d.Amount;
        return Move("cash/0", owner, d.Amount, fromMayBeNegative: true);
    }

    private bool Assign(SuspenseAssigned a)
    {
        if (!stream.IsTreasury || !suspense.TryGetValue(Hex(a.Transaction), out long amount) || amount != a.Amount)
            return false;
        suspense.Remove(Hex(a.Transaction));
        return Move($"suspense/{Hex(a.Transaction)}", Client(a.Account), amount);
    }

    private bool Request(PayoutRequested r)
    {
        string owner = r.Kind switch
        {
            PayoutKind.Earnings => $"worker/{Hex(r.Beneficiary)}",
            PayoutKind.Withdrawal => Client(r.Beneficiary),
            PayoutKind.Refund => $"suspense/{Hex(r.Beneficiary)}",
            _ => "commission",
        };
        bool refundable = r.Kind != PayoutKind.Refund || suspense.GetValueOrDefault(Hex(r.Beneficiary)) == r.Amount;
        if (!stream.IsTreasury || r.Payout != lastPayout + 1 || r.Amount <= 0 || !refundable || !Move(owner, "payable", r.Amount))
            return false;
        if (r.Kind == PayoutKind.Refund)
            suspense.Remove(Hex(r.Beneficiary));
        payouts[++lastPayout] = (owner, r.Amount, "waiting");
        return true;
    }

    private bool Prepare(PayoutPrepared p)
    {
        bool allWait = p.Payouts.All(number => payouts.TryGetValue(number, out (string, long, string Standing) payout) && payout.Standing == "waiting");
        bool sorted = p.Payouts.SequenceEqual(p.Payouts.Distinct().Order());
        if (!stream.IsTreasury || p.Payouts.Count == 0 || !allWait || !sorted || p.Attempt != lastAttempt + 1)
            return false;
        long sum = p.Payouts.Sum(number => payouts[number].Amount);
        if (sum != p.Amount || !Move("payable", "paying", sum))
            return false;
        attempts[++lastAttempt] = ([.. p.Payouts], sum);
        foreach (long number in p.Payouts)
            payouts[number] = payouts[number] with { Standing = "in-flight" };
        return true;
    }

    private bool End(long number, string standing, string to, long fee)
    {
        if (!attempts.TryGetValue(number, out (long[] Payouts, long Amount) attempt) || fee < 0)
            return false;
        long cash = -books.GetValueOrDefault("cash/0");
        if (cash < fee + (to == "cash/0" ? attempt.Amount : 0))
            return false;
        attempts.Remove(number);
        foreach (long payout in attempt.Payouts)
            payouts[payout] = payouts[payout] with { Standing = standing };
        Add("network-fees", -fee);
        Add("cash/0", fee);
        return Move("paying", to, attempt.Amount);
    }

    private bool Bounce(PayoutBounced b)
    {
        if (b.Amount <= 0 || !payouts.TryGetValue(b.Payout, out (string Owner, long, string Standing) payout) || payout.Standing != "paid")
            return false;
        payouts[b.Payout] = (payout.Owner, b.Amount, "bounced");
        return Move("cash/0", "returned", b.Amount, fromMayBeNegative: true);
    }

    private bool Reopen(PayoutReopened r)
    {
        if (!payouts.TryGetValue(r.Payout, out (string Owner, long Amount, string Standing) payout) || payout.Standing != "bounced")
            return false;
        if (payout.Amount != r.Amount)
            return false;
        payouts[r.Payout] = payout with { Standing = "reopened" };
        if (r.Kind == PayoutKind.Refund)
            suspense[Hex(r.Beneficiary)] = r.Amount;
        return Move("returned", payout.Owner, r.Amount);
    }

    private bool Move(string from, string to, long amount, bool fromMayBeNegative = false)
    {
        if (!fromMayBeNegative && books.GetValueOrDefault(from) < amount)
            return false;
        Add(from, -amount);
        Add(to, amount);
        return true;
    }

    private void Add(string book, long amount) => books[book] = books.GetValueOrDefault(book) + amount;

    private static string End(TransferKind kind, Google.Protobuf.ByteString beneficiary) => kind switch
    {
        TransferKind.Earnings => $"worker/{Hex(beneficiary)}",
        TransferKind.Commission => "commission",
        _ => Client(beneficiary),
    };

    private static string Client(Google.Protobuf.ByteString account) => $"client/{Hex(account)}";

    private static string Hex(Google.Protobuf.ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}
