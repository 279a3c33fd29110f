namespace Cocoon.Protocol.Identity;

/// <summary>One Ed25519 private key (RFC 8032), wherever it is kept. Signing is deterministic: same message, same signature.</summary>
public interface ISigner
{
    /// <summary>The public half.</summary>
    PublicKey PublicKey { get; }

    /// <summary>Signs <paramref name="message"/> into <paramref name="signature"/>, which must be 64 bytes.</summary>
    void Sign(ReadOnlySpan<byte> message, Span<byte> signature);
}
