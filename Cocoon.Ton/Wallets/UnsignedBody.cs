using Cocoon.Ton.Cells;
using Cocoon.Ton.Crypto;

namespace Cocoon.Ton.Wallets;

/// <summary>A wallet's request that waits for its signature, so that the key may live elsewhere than the request is made.</summary>
public sealed class UnsignedBody
{
    private readonly Func<byte[], Cell> attach;

    internal UnsignedBody(Cell signed, Func<byte[], Cell> attach)
    {
        SigningHash = signed.Hash;
        this.attach = attach;
    }

    /// <summary>The 32 bytes to sign with Ed25519.</summary>
    public Bits256 SigningHash { get; }

    /// <summary>The body with the signature in its place.</summary>
    /// <exception cref="ArgumentException">The signature does not have 64 bytes.</exception>
    public Cell Attach(ReadOnlySpan<byte> signature) => signature.Length == Ed25519.SignatureLength
        ? attach(signature.ToArray())
        : throw new ArgumentException($"a signature has {Ed25519.SignatureLength} bytes, got {signature.Length}", nameof(signature));

    /// <summary>Signs the request. The same request and key always give the same body.</summary>
    public Cell Sign(Ed25519PrivateKey key) => Attach(key.Sign(SigningHash.AsSpan()));
}
