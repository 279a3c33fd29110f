using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Receipts;

/// <summary>
/// A node's word on one group commit. Layout (156 bytes): tag, network, operator, stream (4, two's complement), first sequence (8), last
/// sequence (8), chain hash after the last event (32), leaves (4), Merkle root of the receipt leaves (32). Signed by the node.
/// </summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="Stream">The ledger stream.</param>
/// <param name="FirstSequence">First event of the batch.</param>
/// <param name="LastSequence">Last event of the batch: the stream's head when it was signed.</param>
/// <param name="ChainHash">The stream's hash chain after <paramref name="LastSequence"/>.</param>
/// <param name="LeafCount">Receipts in the batch; 0 with a zero root.</param>
/// <param name="Root">The Merkle root, see <see cref="MerkleTree"/>.</param>
public sealed record BatchRoot(
    Scope Scope, StreamId Stream, long FirstSequence, long LastSequence, Bytes32 ChainHash, int LeafCount, Bytes32 Root)
{
    /// <summary>Bytes of the layout.</summary>
    public const int Length = 4 + 2 * Bytes32.Length + 4 + 8 + 8 + Bytes32.Length + 4 + Bytes32.Length;

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToStatement()
    {
        byte[] bytes = new byte[Length];
        StatementWriter writer = new StatementWriter(bytes).Head(StatementTag.BatchRoot, Scope);
        writer.UInt32((uint)Stream.Number);
        writer.NotNegative(FirstSequence);
        writer.NotNegative(LastSequence);
        writer.Key(ChainHash);
        writer.UInt32((uint)LeafCount);
        writer.Key(Root);
        return bytes;
    }

    /// <summary>Reads the layout; false if it is anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> statement, out BatchRoot root)
    {
        StatementReader reader = new(statement);
        bool isOne = reader.Head(StatementTag.BatchRoot, out Scope scope);
        StreamId stream = new((int)reader.UInt32());
        root = new BatchRoot(
            scope, stream, reader.NotNegative(), reader.NotNegative(), reader.Key(), (int)reader.UInt32(), reader.Key());
        return isOne && reader.Complete && stream.Number >= -1 && root.LeafCount >= 0 && root.FirstSequence <= root.LastSequence;
    }

    /// <summary>
    /// Reads and checks a root that came with its signer's certificate: layout, scope, the operator's signature on the certificate, the
    /// node's on the root. <paramref name="unixSeconds"/> is when the root was signed, or now for a head just shown.
    /// </summary>
    public static bool TryVerify(Head? head, Scope scope, long unixSeconds, ISignatureVerifier verifier, out BatchRoot root)
    {
        root = null!;
        return head is { Root: not null, Certificate: not null }
            && TryRead(head.Root.Statement.Span, out root)
            && root.Scope == scope
            && NodeCertificate.TryRead(head.Certificate.Statement.Span, out NodeCertificate claimed)
            && NodeCertificate.TryVerify(head.Certificate, scope, claimed.Node, unixSeconds, verifier, out NodeCertificate certificate)
            && head.Root.IsSignedBy(certificate.Node, verifier);
    }
}
