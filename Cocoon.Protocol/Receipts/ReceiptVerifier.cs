using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Protocol.Receipts;

/// <summary>What is wrong with a receipt, first fault first.</summary>
public enum ReceiptVerdict
{
    /// <summary>Nothing: the operator's node signed for exactly this leaf.</summary>
    Valid = 0,

    /// <summary>Leaf, path or root are not in their layouts.</summary>
    Malformed = 1,

    /// <summary>It is for another network or operator.</summary>
    WrongScope = 2,

    /// <summary>The leaf is not under the root.</summary>
    NotInBatch = 3,

    /// <summary>The certificate is not the operator's, is not the signer's, or had expired when the job was settled.</summary>
    WrongCertificate = 4,

    /// <summary>The node did not sign the root.</summary>
    WrongSignature = 5,
}

/// <summary>Checks receipts. Pure: the same receipt has the same verdict for ever.</summary>
public static class ReceiptVerifier
{
    /// <summary>Checks a receipt of <paramref name="scope"/>; with <see cref="ReceiptVerdict.Valid"/> leaf and root are what was signed.</summary>
    public static ReceiptVerdict Verify(
        Receipt receipt, Scope scope, ISignatureVerifier verifier, out ReceiptLeaf? leaf, out BatchRoot? root)
    {
        leaf = null;
        root = null;
        if (receipt.Root is null || receipt.Certificate is null || receipt.Path.Count > MerkleTree.MaxDepth
            || receipt.Leaf.Length > ReceiptLeaf.MaxLength
            || !ReceiptLeaf.TryRead(receipt.Leaf.Span, out leaf)
            || !BatchRoot.TryRead(receipt.Root.Statement.Span, out root)
            || !NodeCertificate.TryRead(receipt.Certificate.Statement.Span, out NodeCertificate claimed)
            || !TryReadPath(receipt, out Bytes32[] path))
            return ReceiptVerdict.Malformed;
        if (leaf.Scope != scope || root.Scope != scope || claimed.Scope != scope)
            return ReceiptVerdict.WrongScope;
        if (receipt.LeafCount != root.LeafCount
            || !MerkleTree.TryClimb(MerkleTree.HashLeaf(receipt.Leaf.Span), receipt.Index, root.LeafCount, path, out Bytes32 reached)
            || reached != root.Root)
            return ReceiptVerdict.NotInBatch;
        if (!NodeCertificate.TryVerify(receipt.Certificate, scope, claimed.Node, leaf.SettledUnixSeconds, verifier, out _))
            return ReceiptVerdict.WrongCertificate;
        return receipt.Root.IsSignedBy(claimed.Node, verifier) ? ReceiptVerdict.Valid : ReceiptVerdict.WrongSignature;
    }

    private static bool TryReadPath(Receipt receipt, out Bytes32[] path)
    {
        path = new Bytes32[receipt.Path.Count];
        for (int i = 0; i < path.Length; i++)
        {
            ByteString hash = receipt.Path[i];
            if (hash.Length != Bytes32.Length)
                return false;
            path[i] = Bytes32.From(hash.Span);
        }

        return true;
    }
}
