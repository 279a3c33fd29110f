using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Identity;

/// <summary>What a key stands for.</summary>
public enum KeyKind : byte
{
    /// <summary>No kind.</summary>
    None = 0,

    /// <summary>An operator: certifies nodes.</summary>
    Operator = 1,

    /// <summary>A proxy node: handshakes and receipts.</summary>
    Node = 2,

    /// <summary>A client's account: handshakes and ceilings.</summary>
    Account = 3,

    /// <summary>A worker: handshakes.</summary>
    Worker = 4,

    /// <summary>A worker's owner: payout addresses.</summary>
    Owner = 5,
}

/// <summary>
/// One key hands over to the next. Layout (141 bytes): tag, network, operator, kind (1), old key (32), new key (32), last second of the old
/// key (8). Signed by both keys: the old one gives, the new one proves that it exists and takes.
/// </summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="Kind">What the keys stand for.</param>
/// <param name="OldKey">The key that ends.</param>
/// <param name="NewKey">The key that follows.</param>
/// <param name="OldEndsUnixSeconds">Last second in which the old key still holds.</param>
public sealed record KeySuccession(Scope Scope, KeyKind Kind, PublicKey OldKey, PublicKey NewKey, long OldEndsUnixSeconds)
{
    /// <summary>Bytes of the layout.</summary>
    public const int Length = 4 + 2 * Bytes32.Length + 1 + 2 * Bytes32.Length + 8;

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToStatement()
    {
        byte[] bytes = new byte[Length];
        StatementWriter writer = new StatementWriter(bytes).Head(StatementTag.KeySuccession, Scope);
        writer.Byte((byte)Kind);
        writer.Key(OldKey.Value);
        writer.Key(NewKey.Value);
        writer.NotNegative(OldEndsUnixSeconds);
        return bytes;
    }

    /// <summary>Reads the layout; false if it is anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> statement, out KeySuccession succession)
    {
        StatementReader reader = new(statement);
        bool isOne = reader.Head(StatementTag.KeySuccession, out Scope scope);
        KeyKind kind = (KeyKind)reader.Byte();
        succession = new KeySuccession(scope, kind, new PublicKey(reader.Key()), new PublicKey(reader.Key()), reader.NotNegative());
        return isOne && reader.Complete && kind is >= KeyKind.Operator and <= KeyKind.Owner;
    }

    /// <summary>Reads and checks a succession with the old key's and the new key's signatures.</summary>
    public static bool TryVerify(
        SignedStatement? byOld, ReadOnlySpan<byte> signatureByNew, Scope scope, ISignatureVerifier verifier, out KeySuccession succession)
    {
        succession = null!;
        return byOld is not null
            && TryRead(byOld.Statement.Span, out succession)
            && succession.Scope == scope
            && succession.OldKey != succession.NewKey
            && byOld.IsSignedBy(succession.OldKey, verifier)
            && signatureByNew.Length == Statements.SignatureLength
            && verifier.Verify(succession.NewKey, byOld.Statement.Span, signatureByNew);
    }
}
