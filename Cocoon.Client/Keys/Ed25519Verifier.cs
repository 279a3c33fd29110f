using Cocoon.Protocol.Identity;
using Cocoon.Ton.Crypto;

namespace Cocoon.Client.Keys;

/// <summary>Checks identities' signatures with the process's curve implementation. Stateless and thread safe.</summary>
public sealed class Ed25519Verifier : ISignatureVerifier
{
    /// <inheritdoc/>
    public bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Ed25519.Verify(key.Value.AsSpan(), message, signature);

    /// <inheritdoc/>
    public ISignatureVerifier Prepare(PublicKey key) =>
        Ed25519KnownKey.TryOpen(key.Value.AsSpan()) is { } known ? new Prepared(key, known, this) : this;

    private sealed class Prepared(PublicKey prepared, Ed25519KnownKey known, Ed25519Verifier others) : ISignatureVerifier
    {
        public bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
            key == prepared ? known.Verify(message, signature) : others.Verify(key, message, signature);
    }
}
