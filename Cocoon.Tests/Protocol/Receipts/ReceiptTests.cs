using System.Security.Cryptography;
using System.Text;
using Cocoon.Client.Keys;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Protocol.Link;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;

namespace Cocoon.Tests.Protocol.Receipts;

public class ReceiptTests
{
    private static readonly Ed25519Verifier Verifier = new();

    [Fact]
    public void Merkle_roots_are_those_of_RFC_6962()
    {
        // The test vectors of the reference implementation of Certificate Transparency.
        string[] inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        Dictionary<int, string> roots = new()
        {
            [1] = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            [2] = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            [3] = "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            [8] = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        };
        Bytes32[] leaves = [.. inputs.Select(hex => MerkleTree.HashLeaf(Convert.FromHexString(hex)))];
        foreach ((int count, string root) in roots)
            Assert.Equal(root, MerkleTree.Root(leaves.AsSpan(0, count)).ToString());
    }

    [Fact]
    public void Every_leaf_climbs_to_the_root_and_nothing_else_does() =>
        Prop.ForAll(Gen.Choose(1, 70).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), (count, pick) =>
        {
            Bytes32[] leaves = [.. Enumerable.Range(0, count).Select(i => MerkleTree.HashLeaf(BitConverter.GetBytes(i)))];
            (Bytes32 root, Bytes32[][] paths) = MerkleTree.Build(leaves);
            int index = pick % count;
            bool same = root == MerkleTree.Root(leaves) && paths[index].SequenceEqual(MerkleTree.Path(leaves, index));
            bool climbs = MerkleTree.TryClimb(leaves[index], index, count, paths[index], out Bytes32 reached) && reached == root;
            bool other = MerkleTree.TryClimb(leaves[index], (index + 1) % count, count, paths[index], out Bytes32 wrong) && wrong == root && count > 1;
            bool longer = MerkleTree.TryClimb(leaves[index], index, count, [.. paths[index], default], out _);
            bool outside = MerkleTree.TryClimb(leaves[index], count, count, paths[index], out _);
            return same && climbs && !other && !longer && !outside;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_receipt_is_valid_for_ever_once_signed()
    {
        Receipt receipt = Make(out ReceiptLeaf leaf);
        Assert.Equal(ReceiptVerdict.Valid, ReceiptVerifier.Verify(receipt, Ends.Scope, Verifier, out ReceiptLeaf? read, out BatchRoot? root));
        Assert.Equal(Convert.ToHexString(leaf.ToBytes()), Convert.ToHexString(read!.ToBytes()));
        Assert.Equal((StreamId.OfShard(3), 10L, 14L), (root!.Stream, root.FirstSequence, root.LastSequence));
        Assert.Equal(ReceiptVerdict.Valid, Verify(Receipt.Parser.ParseFrom(receipt.ToByteArray())));
    }

    [Theory]
    [InlineData("cost", ReceiptVerdict.NotInBatch)]
    [InlineData("index", ReceiptVerdict.NotInBatch)]
    [InlineData("count", ReceiptVerdict.NotInBatch)]
    [InlineData("sibling", ReceiptVerdict.NotInBatch)]
    [InlineData("short sibling", ReceiptVerdict.Malformed)]
    [InlineData("long path", ReceiptVerdict.Malformed)]
    [InlineData("cut leaf", ReceiptVerdict.Malformed)]
    [InlineData("no root", ReceiptVerdict.Malformed)]
    [InlineData("root signature", ReceiptVerdict.WrongSignature)]
    [InlineData("expired", ReceiptVerdict.WrongCertificate)]
    [InlineData("self-made certificate", ReceiptVerdict.WrongCertificate)]
    [InlineData("other network", ReceiptVerdict.WrongScope)]
    public void A_false_receipt_is_found_out(string fault, ReceiptVerdict expected)
    {
        Receipt receipt = Make(out ReceiptLeaf leaf);
        Scope scope = Ends.Scope;
        switch (fault)
        {
            case "cost":
                receipt.Leaf = ByteString.CopyFrom((leaf with { Cost = new NanoTon(1) }).ToBytes());
                break;
            case "index":
                receipt.Index = 1;
                break;
            case "count":
                receipt.LeafCount = 6;
                break;
            case "sibling":
                receipt.Path[0] = ByteString.CopyFrom(new byte[32]);
                break;
            case "short sibling":
                receipt.Path[0] = ByteString.CopyFrom(new byte[31]);
                break;
            case "long path":
                receipt.Path.AddRange(Enumerable.Repeat(receipt.Path[0], 40));
                break;
            case "cut leaf":
                receipt.Leaf = ByteString.CopyFrom(receipt.Leaf.Span[..^1]);
                break;
            case "no root":
                receipt.Root = null;
                break;
            case "root signature":
                receipt.Root = Statements.Sign(Ends.Account, receipt.Root.Statement.ToByteArray());
                break;
            case "expired":
                receipt.Certificate = Ends.Certify(Ends.Node.PublicKey, 1499);
                break;
            case "self-made certificate":
                receipt.Certificate = Statements.Sign(Ends.Node, receipt.Certificate.Statement.ToByteArray());
                break;
            default:
                scope = Ends.Scope with { Network = NetworkId.Of("other") };
                break;
        }

        Assert.Equal(expected, ReceiptVerifier.Verify(receipt, scope, Verifier, out _, out _));
    }

    [Fact]
    public void A_head_needs_the_node_and_the_operator()
    {
        Receipt receipt = Make(out _);
        Head head = new() { Root = receipt.Root, Certificate = receipt.Certificate };
        Assert.True(BatchRoot.TryVerify(head, Ends.Scope, 1500, Verifier, out BatchRoot root));
        Assert.Equal(14, root.LastSequence);
        Assert.False(BatchRoot.TryVerify(head, Ends.Scope, 2001, Verifier, out _));
        Assert.False(BatchRoot.TryVerify(null, Ends.Scope, 1500, Verifier, out _));
        Assert.False(BatchRoot.TryVerify(new Head { Root = Statements.Sign(Ends.Account, root.ToStatement()), Certificate = receipt.Certificate }, Ends.Scope, 1500, Verifier, out _));
    }

    [Fact]
    public void Relayed_bytes_hash_the_same_however_they_were_cut()
    {
        using RelayedHash whole = new(Ends.Hash("salt"));
        using RelayedHash parts = new(Ends.Hash("salt"));
        whole.Append("an answer"u8);
        parts.Append("an "u8);
        parts.Append(new System.Buffers.ReadOnlySequence<byte>("answer"u8.ToArray()));
        Assert.Equal(whole.Current(), parts.Current());
        byte[] plain = [.. "CRH1"u8, .. Ends.Hash("salt").ToArray(), .. Encoding.UTF8.GetBytes("an answer")];
        Assert.Equal(Bytes32.From(SHA256.HashData(plain)), whole.Current());
    }

    private static ReceiptVerdict Verify(Receipt receipt) => ReceiptVerifier.Verify(receipt, Ends.Scope, Verifier, out _, out _);

    /// <summary>The third of five receipts of a batch.</summary>
    private static Receipt Make(out ReceiptLeaf leaf)
    {
        leaf = new ReceiptLeaf
        {
            Scope = Ends.Scope,
            Account = AccountId.Of(Ends.Account.PublicKey),
            Session = 4,
            Number = 17,
            Instalment = 1,
            Kind = ReceiptKind.Final,
            Tier = Tier.Open,
            SettledUnixSeconds = 1500,
            Worker = Ends.Key("worker").PublicKey,
            Cost = new NanoTon(123_456),
            WorkerShare = new NanoTon(117_284),
            RequestHash = Ends.Hash("request"),
            AnswerHash = Ends.Hash("answer"),
            Model = "tiny-en-fr",
            Usage = [new PricedUsage(new UsageAmount(UsageClass.Prompt, 40), 20_000_000), new PricedUsage(new UsageAmount(UsageClass.Completion, 12), 160_000_000)],
            Evidence = [Ends.Hash("evidence")],
        };
        Bytes32[] leaves = [.. Enumerable.Range(0, 5).Select(i => Ends.Hash($"leaf {i}"))];
        leaves[2] = MerkleTree.HashLeaf(leaf.ToBytes());
        (Bytes32 merkleRoot, Bytes32[][] paths) = MerkleTree.Build(leaves);
        BatchRoot root = new(Ends.Scope, StreamId.OfShard(3), 10, 14, Ends.Hash("chain"), 5, merkleRoot);
        Receipt receipt = new()
        {
            Leaf = ByteString.CopyFrom(leaf.ToBytes()),
            Index = 2,
            LeafCount = 5,
            Root = Statements.Sign(Ends.Node, root.ToStatement()),
            Certificate = Ends.Certificate,
        };
        receipt.Path.AddRange(paths[2].Select(hash => ByteString.CopyFrom(hash.AsSpan())));
        return receipt;
    }
}
