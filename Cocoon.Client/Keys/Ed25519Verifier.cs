using Cocoon.Protocol.Identity;
using Cocoon.Ton.Crypto;

namespace Cocoon.Client.Keys;

/// <summary>Checks identities' signatures with the process's curve implementation. Stateless and thread safe.</summary>
public sealed class Ed25519Verifier : ISignatureVerifier
{
    /// <inheritdoc/>
    public bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Ed25519.Verify(key.Value.AsSpan(), message, signature);
}
