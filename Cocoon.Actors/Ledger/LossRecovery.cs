using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// What peers' receipts prove beyond the end of a stream that lost events: for each job its newest receipt, as one settlement of what the
/// journal lacks. A receipt is signed by a node of the operator, so nobody can invent one; a client that hides its receipts is found by the
/// worker's.
/// </summary>
internal sealed class LossRecovery
{
    private readonly Dictionary<AccountId, NanoTon> left = [];

    public LossRecovery(LedgerState state, IReadOnlyList<Receipt> receipts, Scope scope, ISignatureVerifier verifier)
    {
        SortedDictionary<(AccountId, ulong, long), (ReceiptLeaf Leaf, long Sequence)> newest = [];
        foreach (Receipt receipt in receipts)
        {
            if (ReceiptVerifier.Verify(receipt, scope, verifier, out ReceiptLeaf? leaf, out BatchRoot? root) != ReceiptVerdict.Valid
                || root!.Stream != state.Stream || leaf!.Kind == ReceiptKind.Hedge)
            {
                PassedOver++;
                continue;
            }

            (AccountId, ulong, long) job = (leaf.Account, (ulong)leaf.Session, leaf.Number);
            if (newest.TryGetValue(job, out (ReceiptLeaf Leaf, long Sequence) known))
                PassedOver++;
            if (known.Leaf is null || leaf.Instalment > known.Leaf.Instalment)
                newest[job] = (leaf, root.LastSequence);
        }

        // Who comes first where a balance does not cover all: in the order in which they were settled, as far as the batches tell.
        foreach ((ReceiptLeaf leaf, _) in newest.Values.OrderBy(entry => entry.Sequence))
            Take(state, leaf);

        // By number a session takes all of them: a low number after a high one could be too old.
        Settlements.Sort(static (left, right) => (left.Session, left.Number).CompareTo((right.Session, right.Number)));
    }

    /// <summary>What to book again, in order.</summary>
    public List<Settlement> Settlements { get; } = [];

    /// <summary>Receipts that book nothing.</summary>
    public int PassedOver { get; private set; }

    /// <summary>What receipts prove beyond what the accounts have left.</summary>
    public NanoTon Uncovered { get; private set; }

    /// <summary>
    /// Whether a head that a peer holds, and the journal does not, belongs to an end whose loss was accepted. Where the copy had gone on
    /// beyond the head that was shown, nobody knows where the two histories part: all heads up to that one do.
    /// </summary>
    public static bool Excuses(LossAccepted loss, LedgerHead presented)
    {
        bool hadGoneOn = loss.Recovered.Sequence >= loss.Shown.Sequence;
        return loss.Recovered.Stream == presented.Stream.Number && presented.Sequence <= loss.Shown.Sequence
            && (hadGoneOn || presented.Sequence > loss.Recovered.Sequence);
    }

    /// <summary>The head as the journal writes it.</summary>
    public static StreamHead HeadOf(LedgerHead head) => new()
    {
        Stream = head.Stream.Number,
        Sequence = head.Sequence,
        Chain = ByteString.CopyFrom(head.Chain.AsSpan()),
    };

    private void Take(LedgerState state, ReceiptLeaf leaf)
    {
        JobId job = new(leaf.Account, new SessionId((ulong)leaf.Session), leaf.Number);
        state.TryGetAccount(leaf.Account, out ClientAccount? account);
        Session? session = null;
        account?.Sessions.TryGetValue(job.Session.Value, out session);
        JobStanding standing = session?.Standing(job.Number) ?? JobStanding.Unknown;
        OpenJob before = session?.Instalments(job.Number) ?? default;
        bool isBooked = account is null || leaf.Instalment <= before.Instalment || standing is JobStanding.Closed or JobStanding.TooOld
            || job.Session.OpenedUnixSeconds < state.SessionsOpenedBefore || leaf.Cost.Value < before.Total;
        if (isBooked)
        {
            PassedOver++;
            if (account is null)
                Uncovered += leaf.Cost;
            return;
        }

        NanoTon price = leaf.Cost - new NanoTon(before.Total);
        NanoTon balance = left.GetValueOrDefault(leaf.Account, account!.Balance);
        NanoTon covered = NanoTon.Min(price, balance);
        Uncovered += price - covered;

        // Without any money the job stays open: once the account's deposits are read again it can be booked.
        if (covered == NanoTon.Zero && price > NanoTon.Zero)
        {
            PassedOver++;
            return;
        }

        left[leaf.Account] = balance - covered;
        Settlements.Add(SettlementOf(leaf, job, new NanoTon(before.Total), covered));
    }

    // The same rounding as when it was settled: a receipt that is made again of this settlement says what the lost one said.
    private static Settlement SettlementOf(ReceiptLeaf leaf, JobId job, NanoTon before, NanoTon price)
    {
        NanoTon total = before + price;
        int basisPoints = BasisPointsOf(leaf);
        NanoTon commission = JobTerms.CommissionOf(total, basisPoints) - JobTerms.CommissionOf(before, basisPoints);
        Settlement settlement = new()
        {
            Account = ByteString.CopyFrom(leaf.Account.Value.AsSpan()),
            Session = job.Session.Value,
            Number = leaf.Number,
            Instalment = leaf.Instalment,
            Final = leaf.Kind != ReceiptKind.Instalment,
            Worker = ByteString.CopyFrom(leaf.Worker.Value.AsSpan()),
            Price = price.Value,
            Commission = commission.Value,
            Total = total.Value,
            Model = leaf.Model,
            CoefficientThousandths = 1000,
            CommissionBasisPoints = basisPoints,
            End = leaf.Kind == ReceiptKind.Final ? JobEnd.Finished : JobEnd.Interrupted,
            RequestDigest = ByteString.CopyFrom(leaf.RequestHash.AsSpan()),
            AnswerDigest = ByteString.CopyFrom(leaf.AnswerHash.AsSpan()),
        };
        settlement.Usage.Add(leaf.Usage.Select(priced => new UsageLine
        {
            Class = (int)priced.Usage.Class,
            Amount = priced.Usage.Amount,
            Rate = priced.NanoTonPerMillion,
        }));
        settlement.Evidence.Add(leaf.Evidence.Select(id => ByteString.CopyFrom(id.AsSpan())));
        return settlement;
    }

    // The least rate that gives the receipt's commission; the operator's own, unless the cost is too small to tell.
    private static int BasisPointsOf(ReceiptLeaf leaf)
    {
        long cost = Math.Max(leaf.Cost.Value, 1);
        Int128 commission = (leaf.Cost - leaf.WorkerShare).Value;
        return (int)(((commission * JobTerms.WholeBasisPoints) + cost - 1) / cost);
    }
}
