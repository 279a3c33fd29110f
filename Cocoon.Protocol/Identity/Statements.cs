using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Protocol.Identity;

/// <summary>Signs fixed layouts and checks their signatures.</summary>
public static class Statements
{
    /// <summary>Bytes of an Ed25519 signature.</summary>
    public const int SignatureLength = 64;

    /// <summary>The statement with <paramref name="signer"/>'s signature over exactly its bytes.</summary>
    public static SignedStatement Sign(ISigner signer, byte[] statement)
    {
        byte[] signature = new byte[SignatureLength];
        signer.Sign(statement, signature);
        return new SignedStatement { Statement = UnsafeByteOperations.UnsafeWrap(statement), Signature = UnsafeByteOperations.UnsafeWrap(signature) };
    }

    /// <summary>Whether the signature is <paramref name="key"/>'s over the statement. Null or a wrong length is false.</summary>
    public static bool IsSignedBy(this SignedStatement? statement, PublicKey key, ISignatureVerifier verifier) =>
        statement is not null
        && statement.Signature.Length == SignatureLength
        && verifier.Verify(key, statement.Statement.Span, statement.Signature.Span);
}
