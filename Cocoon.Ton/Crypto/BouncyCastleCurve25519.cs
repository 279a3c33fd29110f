using System.Security.Cryptography;
using CastleEd25519 = Org.BouncyCastle.Math.EC.Rfc8032.Ed25519;
using CastleX25519 = Org.BouncyCastle.Math.EC.Rfc7748.X25519;

namespace Cocoon.Ton.Crypto;

/// <summary>Ed25519 and X25519 in managed code, for machines without a usable libcrypto.</summary>
internal sealed class BouncyCastleCurve25519 : ICurve25519
{
    public string Name => "BouncyCastle (managed)";

    public IEd25519SigningKey OpenSigningKey(ReadOnlySpan<byte> seed) => new SigningKey(seed.ToArray());

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        CastleEd25519.Verify(signature.ToArray(), 0, publicKey.ToArray(), 0, message.ToArray(), 0, message.Length);

    public void DeriveX25519PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        byte[] scalar = privateKey.ToArray();
        byte[] point = new byte[X25519.KeyLength];
        CastleX25519.ScalarMultBase(scalar, 0, point, 0);
        CryptographicOperations.ZeroMemory(scalar);
        point.CopyTo(publicKey);
    }

    public bool TryAgreeX25519(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        byte[] scalar = privateKey.ToArray();
        byte[] shared = new byte[X25519.KeyLength];
        CastleX25519.ScalarMult(scalar, 0, peerPublicKey.ToArray(), 0, shared, 0);
        shared.CopyTo(sharedSecret);
        CryptographicOperations.ZeroMemory(scalar);
        CryptographicOperations.ZeroMemory(shared);
        return sharedSecret.ContainsAnyExcept((byte)0);
    }

    private sealed class SigningKey : IEd25519SigningKey
    {
        private readonly byte[] seed;
        private readonly byte[] publicKey = new byte[Ed25519.PublicKeyLength];
        private volatile bool disposed;

        public SigningKey(byte[] seed)
        {
            this.seed = seed;
            CastleEd25519.GeneratePublicKey(seed, 0, publicKey, 0);
        }

        public void CopyPublicKey(Span<byte> publicKey) => this.publicKey.CopyTo(publicKey);

        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(Ed25519PrivateKey));
            byte[] output = new byte[Ed25519.SignatureLength];
            CastleEd25519.Sign(seed, 0, publicKey, 0, message.ToArray(), 0, message.Length, output, 0);

            // Dispose overwrites the seed: a signature made while it did would be over a destroyed key.
            ObjectDisposedException.ThrowIf(disposed, typeof(Ed25519PrivateKey));
            output.CopyTo(signature);
        }

        public void Dispose()
        {
            disposed = true;
            CryptographicOperations.ZeroMemory(seed);
        }
    }
}
