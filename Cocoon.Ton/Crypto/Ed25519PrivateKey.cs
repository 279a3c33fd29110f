using System.Security.Cryptography;

namespace Cocoon.Ton.Crypto;

/// <summary>An Ed25519 private key (RFC 8032). Signing is deterministic and thread safe; dispose the key to wipe it from memory.</summary>
public sealed class Ed25519PrivateKey : IDisposable
{
    private readonly IEd25519SigningKey key;
    private readonly byte[] publicKey = new byte[Ed25519.PublicKeyLength];

    private Ed25519PrivateKey(ICurve25519 curve, ReadOnlySpan<byte> seed)
    {
        if (seed.Length != Ed25519.SeedLength)
            throw new ArgumentException($"an Ed25519 seed has {Ed25519.SeedLength} bytes, got {seed.Length}", nameof(seed));
        key = curve.OpenSigningKey(seed);
        key.CopyPublicKey(publicKey);
    }

    /// <summary>The public half, 32 bytes.</summary>
    public ReadOnlySpan<byte> PublicKey => publicKey;

    /// <summary>Opens the key of a 32-byte seed. The caller keeps the seed and wipes it.</summary>
    /// <exception cref="ArgumentException">The seed does not have 32 bytes.</exception>
    public static Ed25519PrivateKey FromSeed(ReadOnlySpan<byte> seed) => new(Curve25519.Current, seed);

    /// <summary>Draws a new key; <paramref name="seed"/> (32 bytes) receives what must be stored to open it again.</summary>
    public static Ed25519PrivateKey Generate(Span<byte> seed)
    {
        RandomNumberGenerator.Fill(seed);
        return FromSeed(seed);
    }

    /// <summary>Signs <paramref name="message"/>; the result has 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        byte[] signature = new byte[Ed25519.SignatureLength];
        key.Sign(message, signature);
        return signature;
    }

    /// <summary>Signs <paramref name="message"/> into <paramref name="signature"/>, which must be 64 bytes.</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (signature.Length != Ed25519.SignatureLength)
            throw new ArgumentException($"an Ed25519 signature has {Ed25519.SignatureLength} bytes, the buffer {signature.Length}", nameof(signature));
        key.Sign(message, signature);
    }

    /// <summary>Wipes the key; a later <see cref="Sign(ReadOnlySpan{byte})"/> throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => key.Dispose();

    internal static Ed25519PrivateKey FromSeed(ICurve25519 curve, ReadOnlySpan<byte> seed) => new(curve, seed);
}
