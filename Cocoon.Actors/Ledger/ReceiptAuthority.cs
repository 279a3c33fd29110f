using System.Buffers.Binary;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// Makes receipts. They are a function of a durable batch: every settlement in it is a leaf, and every payment to a hedge's loser, and the node signs the batch's root once. A
/// receipt that was lost is therefore made again from the journal, with the same leaf and another signature at most.
/// </summary>
/// <param name="scope">Network and operator.</param>
/// <param name="node">The node's key.</param>
/// <param name="certificate">The operator's word on that key.</param>
/// <param name="key">Derives the salts of the leaves' hashes, so that they need not be stored.</param>
public sealed class ReceiptAuthority(Scope scope, ISigner node, SignedStatement certificate, LedgerKey key)
{
    /// <summary>What workers show to ask for receipts.</summary>
    internal WorkClaims Claims { get; } = new(key);

    /// <summary>The salt of a job's request hash (<paramref name="ofAnswer"/>: of its answer hash), the same whenever it is asked for.</summary>
    public Bytes32 SaltOf(JobId job, bool ofAnswer)
    {
        Span<byte> message = stackalloc byte[4 + 32 + 8 + 8 + 1];
        "salt"u8.CopyTo(message);
        job.Account.Value.AsSpan().CopyTo(message[4..]);
        BinaryPrimitives.WriteUInt64BigEndian(message[36..], job.Session.Value);
        BinaryPrimitives.WriteInt64BigEndian(message[44..], job.Number);
        message[52] = ofAnswer ? (byte)1 : (byte)0;
        return key.Mac(message);
    }

    /// <summary>Reads the settlements of a durable batch and signs over them.</summary>
    public BatchReceipts Sign(JournalBatch batch)
    {
        List<(long Sequence, JobId Job, byte[] Leaf)> leaves = [];
        EventBody body = new(batch.Stream, batch.FirstSequence, batch.Body.Span);
        for (long sequence = batch.FirstSequence; body.TryRead(out ReadOnlySpan<byte> bytes); sequence++)
        {
            LedgerEvent ledgerEvent = LedgerEvent.Parser.ParseFrom(bytes);
            ReceiptLeaf? leaf = ledgerEvent.KindCase switch
            {
                LedgerEvent.KindOneofCase.Settlement => LeafOf(ledgerEvent),
                LedgerEvent.KindOneofCase.HedgePaid => HedgeLeafOf(ledgerEvent),
                _ => null,
            };
            if (leaf is not null)
                leaves.Add((sequence, new JobId(leaf.Account, new Protocol.SessionId((ulong)leaf.Session), leaf.Number), leaf.ToBytes()));
        }

        Bytes32[] hashes = [.. leaves.Select(leaf => MerkleTree.HashLeaf(leaf.Leaf))];
        (Bytes32 top, Bytes32[][] paths) = MerkleTree.Build(hashes);
        BatchRoot root = new(scope, batch.Stream, batch.FirstSequence, batch.LastSequence, batch.Chain, hashes.Length, top);
        byte[] statement = root.ToStatement();
        byte[] signature = new byte[64];
        node.Sign(statement, signature);
        SignedStatement signed = new() { Statement = ByteString.CopyFrom(statement), Signature = ByteString.CopyFrom(signature) };
        return new BatchReceipts(this, leaves, paths, signed, certificate);
    }

    private ReceiptLeaf LeafOf(LedgerEvent settled)
    {
        Settlement settlement = settled.Settlement;
        NanoTon total = new(settlement.Total);
        return new ReceiptLeaf
        {
            Scope = scope,
            Account = new AccountId(Bytes32.From(settlement.Account.Span)),
            Session = (long)settlement.Session,
            Number = settlement.Number,
            Instalment = settlement.Instalment,
            Kind = KindOf(settlement),
            Tier = settlement.Evidence.Count > 0 ? Tier.Attested : Tier.Open,
            SettledUnixSeconds = settled.TimeUnixMs / 1000,
            Worker = new PublicKey(Bytes32.From(settlement.Worker.Span)),
            Cost = total,
            WorkerShare = total - JobTerms.CommissionOf(total, settlement.CommissionBasisPoints),
            RequestHash = HashOf(settlement.RequestDigest),
            AnswerHash = HashOf(settlement.AnswerDigest),
            Model = settlement.Model,
            Usage = [.. settlement.Usage.Select(line => new PricedUsage(
                new UsageAmount((UsageClass)line.Class, line.Amount),
                (long)((Int128)line.Rate * settlement.CoefficientThousandths / 1000)))],
            Evidence = [.. settlement.Evidence.Select(id => Bytes32.From(id.Span))],
        };
    }

    private ReceiptLeaf HedgeLeafOf(LedgerEvent paid)
    {
        HedgePaid hedge = paid.HedgePaid;
        return new ReceiptLeaf
        {
            Scope = scope,
            Account = new AccountId(Bytes32.From(hedge.Account.Span)),
            Session = (long)hedge.Session,
            Number = hedge.Number,
            Instalment = 1,
            Kind = ReceiptKind.Hedge,
            Tier = Tier.Open,
            SettledUnixSeconds = paid.TimeUnixMs / 1000,
            Worker = new PublicKey(Bytes32.From(hedge.Worker.Span)),
            Cost = new NanoTon(hedge.Amount),
            WorkerShare = new NanoTon(hedge.Amount),
            RequestHash = default,
            AnswerHash = default,
            Model = hedge.Model,
            Usage =
            [
                new PricedUsage(
                    new UsageAmount(UsageClass.Prompt, hedge.Prompt),
                    (long)((Int128)hedge.Rate * hedge.CoefficientThousandths / 1000)),
            ],
            Evidence = [],
        };
    }

    private static ReceiptKind KindOf(Settlement settlement)
    {
        if (!settlement.Final)
            return ReceiptKind.Instalment;
        return settlement.End == JobEnd.Finished ? ReceiptKind.Final : ReceiptKind.Partial;
    }

    private static Bytes32 HashOf(ByteString digest) => digest.Length == Bytes32.Length ? Bytes32.From(digest.Span) : default;
}
