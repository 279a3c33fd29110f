using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Ledger;

/// <summary>The receipts of one durable batch.</summary>
public sealed class BatchReceipts
{
    private readonly ReceiptAuthority authority;
    private readonly List<(long Sequence, JobId Job, byte[] Leaf)> leaves;
    private readonly Bytes32[][] paths;
    private readonly SignedStatement certificate;

    internal BatchReceipts(
        ReceiptAuthority authority,
        List<(long Sequence, JobId Job, byte[] Leaf)> leaves,
        Bytes32[][] paths,
        SignedStatement root,
        SignedStatement certificate)
    {
        this.authority = authority;
        this.leaves = leaves;
        this.paths = paths;
        this.certificate = certificate;
        Head = new Head { Root = root, Certificate = certificate };
    }

    /// <summary>The stream's head after the batch, as its node signed it.</summary>
    public Head Head { get; }

    /// <summary>The receipt of the settlement, or of the hedge's loser, at <paramref name="sequence"/>; null if that event is none.</summary>
    public Receipt? Of(long sequence)
    {
        int index = leaves.FindIndex(leaf => leaf.Sequence == sequence);
        if (index < 0)
            return null;
        JobId job = leaves[index].Job;
        Receipt receipt = new()
        {
            Leaf = ByteString.CopyFrom(leaves[index].Leaf),
            Index = (uint)index,
            LeafCount = (uint)paths.Length,
            Root = Head.Root,
            Certificate = certificate,
            RequestSalt = ByteString.CopyFrom(authority.SaltOf(job, ofAnswer: false).AsSpan()),
            AnswerSalt = ByteString.CopyFrom(authority.SaltOf(job, ofAnswer: true).AsSpan()),
        };
        foreach (Bytes32 sibling in paths[index])
            receipt.Path.Add(ByteString.CopyFrom(sibling.AsSpan()));
        return receipt;
    }
}
