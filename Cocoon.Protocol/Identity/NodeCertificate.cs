using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Identity;

/// <summary>
/// An operator's word that a node is its own. Layout (116 bytes): tag, network, operator, node key (32), serial (8), not after (8).
/// Signed by the operator.
/// </summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="Node">The node's key: proves it in a handshake and signs receipts.</param>
/// <param name="Serial">Rises with every certificate of the operator.</param>
/// <param name="NotAfterUnixSeconds">Last second in which it holds.</param>
public sealed record NodeCertificate(Scope Scope, PublicKey Node, long Serial, long NotAfterUnixSeconds)
{
    /// <summary>Bytes of the layout.</summary>
    public const int Length = 4 + 3 * Bytes32.Length + 8 + 8;

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToStatement()
    {
        byte[] bytes = new byte[Length];
        StatementWriter writer = new StatementWriter(bytes).Head(StatementTag.NodeCertificate, Scope);
        writer.Key(Node.Value);
        writer.NotNegative(Serial);
        writer.NotNegative(NotAfterUnixSeconds);
        return bytes;
    }

    /// <summary>Reads the layout; false if it is anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> statement, out NodeCertificate certificate)
    {
        StatementReader reader = new(statement);
        bool isOne = reader.Head(StatementTag.NodeCertificate, out Scope scope);
        certificate = new NodeCertificate(scope, new PublicKey(reader.Key()), reader.NotNegative(), reader.NotNegative());
        return isOne && reader.Complete;
    }

    /// <summary>
    /// Reads and checks a certificate: layout, scope, node, operator's signature, and that it still holds at
    /// <paramref name="unixSeconds"/>.
    /// </summary>
    public static bool TryVerify(
        SignedStatement? signed, Scope scope, PublicKey node, long unixSeconds, ISignatureVerifier verifier, out NodeCertificate certificate)
    {
        certificate = null!;
        return signed is not null
            && TryRead(signed.Statement.Span, out certificate)
            && certificate.Scope == scope
            && certificate.Node == node
            && unixSeconds <= certificate.NotAfterUnixSeconds
            && signed.IsSignedBy(scope.Operator, verifier);
    }
}
