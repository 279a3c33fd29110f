namespace Cocoon.Protocol.Identity;

/// <summary>Checks Ed25519 signatures (RFC 8032; small-order keys and S &gt;= L are refused).</summary>
public interface ISignatureVerifier
{
    /// <summary>Whether <paramref name="signature"/> (64 bytes, else false) is <paramref name="key"/>'s over <paramref name="message"/>.</summary>
    bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}
