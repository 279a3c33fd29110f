using Cocoon.Protocol.Identity;
using Cocoon.Ton.Crypto;

namespace Cocoon.Client.Keys;

/// <summary>An identity's private key held in this process's memory. Thread safe; disposing wipes the key.</summary>
public sealed class Ed25519Signer : ISigner, IDisposable
{
    private readonly Ed25519PrivateKey key;

    /// <summary>Opens the key of a 32-byte RFC 8032 seed; the caller wipes its copy.</summary>
    public Ed25519Signer(ReadOnlySpan<byte> seed)
    {
        key = Ed25519PrivateKey.FromSeed(seed);
        PublicKey = new PublicKey(Bytes32.From(key.PublicKey));
    }

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <inheritdoc/>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => key.Sign(message, signature);

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();
}
