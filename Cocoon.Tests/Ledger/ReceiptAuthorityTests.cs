using System.Buffers;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Client.Keys;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Tests.Ledger;

/// <summary>Receipts are a function of the durable batch: every settlement has one, it verifies anywhere, and it can be made again.</summary>
public class ReceiptAuthorityTests
{
    private static readonly StreamId Stream = StreamId.OfShard(3);
    private static readonly LedgerKey Key = new(new byte[32]);
    private readonly Ed25519Verifier verifier = new();
    private readonly Scope scope;
    private readonly ReceiptAuthority authority;

    public ReceiptAuthorityTests()
    {
        using Ed25519Signer operatorKey = new(Enumerable.Repeat((byte)1, 32).ToArray());
        Ed25519Signer node = new(Enumerable.Repeat((byte)2, 32).ToArray());
        scope = new Scope(NetworkId.Of("test"), operatorKey.PublicKey);
        NodeCertificate certificate = new(scope, node.PublicKey, 1, long.MaxValue);
        authority = new ReceiptAuthority(scope, node, Statements.Sign(operatorKey, certificate.ToStatement()), Key);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    public void Every_settlement_of_a_batch_has_a_receipt_that_verifies(int settlements)
    {
        JournalBatch batch = BatchOf(settlements);
        BatchReceipts receipts = authority.Sign(batch);
        for (int i = 0; i < settlements; i++)
        {
            Receipt receipt = receipts.Of(batch.FirstSequence + 1 + i)!;
            Assert.Equal(ReceiptVerdict.Valid, ReceiptVerifier.Verify(receipt, scope, verifier, out ReceiptLeaf? leaf, out BatchRoot? root));
            Assert.Equal(i + 1, leaf!.Number);
            Assert.Equal(1000 + i, leaf.Cost.Value);
            Assert.Equal(1000 + i - ((1000 + i) / 20), leaf.WorkerShare.Value);
            Assert.Equal(batch.Chain, root!.ChainHash);
            Assert.Equal(receipt, authority.Sign(batch).Of(batch.FirstSequence + 1 + i));
        }

        Assert.Null(receipts.Of(batch.FirstSequence));
        Assert.Null(receipts.Of(batch.LastSequence + 1));
    }

    [Fact]
    public void A_changed_leaf_or_another_batches_root_does_not_verify()
    {
        Receipt receipt = authority.Sign(BatchOf(4)).Of(12)!;
        byte[] leaf = receipt.Leaf.ToByteArray();
        leaf[^1] ^= 1;
        Receipt changed = receipt.Clone();
        changed.Leaf = ByteString.CopyFrom(leaf);
        Assert.NotEqual(ReceiptVerdict.Valid, ReceiptVerifier.Verify(changed, scope, verifier, out _, out _));

        Receipt moved = receipt.Clone();
        moved.Root = authority.Sign(BatchOf(5)).Head.Root;
        Assert.Equal(ReceiptVerdict.NotInBatch, ReceiptVerifier.Verify(moved, scope, verifier, out _, out _));
    }

    /// <summary>An account's opening at event 10, then settlements from event 11 on.</summary>
    private static JournalBatch BatchOf(int settlements)
    {
        LedgerFold fold = new(Stream);
        ArrayBufferWriter<byte> body = new();
        Add(new LedgerEvent { TimeUnixMs = 1, AccountOpened = new AccountOpened { Account = Id(7), Key = Id(8) } });
        for (int i = 0; i < settlements; i++)
        {
            Settlement settlement = new()
            {
                Account = Id(7),
                Session = 5,
                Number = i + 1,
                Instalment = 1,
                Final = true,
                End = JobEnd.Finished,
                Worker = Id(9),
                Price = 1000 + i,
                Total = 1000 + i,
                CoefficientThousandths = 1000,
                CommissionBasisPoints = 500,
                Model = "m",
            };
            Add(new LedgerEvent { TimeUnixMs = 1_800_000_000_000, Settlement = settlement });
        }

        return StreamChain.Seal(new ShardLease(Stream, 1), 10, settlements + 1, body.WrittenMemory, default, Key);

        void Add(LedgerEvent ledgerEvent)
        {
            ArrayBufferWriter<byte> one = new();
            fold.EncodeEvent(ledgerEvent, one);
            using MemoryStream length = new();
            using (CodedOutputStream coded = new(length, leaveOpen: true))
                coded.WriteLength(one.WrittenCount);
            body.Write(length.ToArray());
            body.Write(one.WrittenSpan);
        }
    }

    private static ByteString Id(byte fill) => ByteString.CopyFrom(Enumerable.Repeat(fill, 32).ToArray());
}
