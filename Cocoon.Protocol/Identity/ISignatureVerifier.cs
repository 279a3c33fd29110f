namespace Cocoon.Protocol.Identity;

/// <summary>Checks Ed25519 signatures (RFC 8032; small-order keys and S &gt;= L are refused).</summary>
public interface ISignatureVerifier
{
    /// <summary>Whether <paramref name="signature"/> (64 bytes, else false) is <paramref name="key"/>'s over <paramref name="message"/>.</summary>
    bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>
    /// A verifier with the same verdicts for a key of which many signatures are to be checked. Preparing it takes as long as some checks, and
    /// memory; one that cannot do better is its own.
    /// </summary>
    ISignatureVerifier Prepare(PublicKey key) => this;
}
