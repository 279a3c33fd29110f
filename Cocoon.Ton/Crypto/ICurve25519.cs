namespace Cocoon.Ton.Crypto;

/// <summary>One implementation of Ed25519 (RFC 8032) and X25519 (RFC 7748). Every member may be called from any thread.</summary>
/// <remarks>Lengths and encodings are checked by the public types, so an implementation sees only well-formed input.</remarks>
internal interface ICurve25519
{
    /// <summary>Name for logs and <c>cocoon doctor</c>.</summary>
    string Name { get; }

    /// <summary>Opens a private key; throws <see cref="System.Security.Cryptography.CryptographicException"/> when the library refuses it.</summary>
    IEd25519SigningKey OpenSigningKey(ReadOnlySpan<byte> seed);

    bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    void DeriveX25519PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey);

    /// <summary>False when the shared secret is all zero (the peer's key has small order) or the library refuses the key.</summary>
    bool TryAgreeX25519(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret);
}

/// <summary>An open private key. Safe for concurrent use until disposed.</summary>
internal interface IEd25519SigningKey : IDisposable
{
    void CopyPublicKey(Span<byte> publicKey);

    void Sign(ReadOnlySpan<byte> message, Span<byte> signature);
}
