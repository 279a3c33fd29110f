using System.Security.Cryptography;

namespace Cocoon.Ton.Crypto;

/// <summary>Ed25519 and X25519 of OpenSSL's libcrypto.</summary>
internal sealed unsafe class OpenSslCurve25519 : ICurve25519
{
    public string Name => "OpenSSL libcrypto";

    public IEd25519SigningKey OpenSigningKey(ReadOnlySpan<byte> seed)
    {
        fixed (byte* bytes = seed)
        {
            LibCrypto.KeyHandle key = LibCrypto.EVP_PKEY_new_raw_private_key(LibCrypto.Ed25519, 0, bytes, (nuint)seed.Length);
            if (!key.IsInvalid)
                return new SigningKey(key);
            key.Dispose();
            throw Refused("open an Ed25519 private key");
        }
    }

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        // OpenSSL takes a null message pointer for a request, not for an empty message.
        byte empty = 0;
        fixed (byte* keyBytes = publicKey, messageBytes = message, signatureBytes = signature)
        {
            using LibCrypto.KeyHandle key = LibCrypto.EVP_PKEY_new_raw_public_key(LibCrypto.Ed25519, 0, keyBytes, (nuint)publicKey.Length);
            using LibCrypto.DigestHandle context = LibCrypto.EVP_MD_CTX_new();
            bool verified = !key.IsInvalid && !context.IsInvalid
                && LibCrypto.EVP_DigestVerifyInit(context, 0, 0, 0, key) == 1
                && LibCrypto.EVP_DigestVerify(
                    context, signatureBytes, (nuint)signature.Length, messageBytes == null ? &empty : messageBytes, (nuint)message.Length) == 1;

            // A refusal leaves entries in the thread's error queue, which the next TLS call would report as its own.
            if (!verified)
                LibCrypto.ERR_clear_error();
            return verified;
        }
    }

    public void DeriveX25519PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        fixed (byte* input = privateKey, output = publicKey)
        {
            using LibCrypto.KeyHandle key = LibCrypto.EVP_PKEY_new_raw_private_key(LibCrypto.X25519, 0, input, (nuint)privateKey.Length);
            nuint length = (nuint)publicKey.Length;
            if (key.IsInvalid || LibCrypto.EVP_PKEY_get_raw_public_key(key, output, ref length) != 1)
                throw Refused("derive an X25519 public key");
        }
    }

    public bool TryAgreeX25519(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        fixed (byte* own = privateKey, peer = peerPublicKey, output = sharedSecret)
        {
            using LibCrypto.KeyHandle key = LibCrypto.EVP_PKEY_new_raw_private_key(LibCrypto.X25519, 0, own, (nuint)privateKey.Length);
            using LibCrypto.KeyHandle peerKey = LibCrypto.EVP_PKEY_new_raw_public_key(LibCrypto.X25519, 0, peer, (nuint)peerPublicKey.Length);
            if (key.IsInvalid || peerKey.IsInvalid)
                throw Refused("open an X25519 key");
            using LibCrypto.KeyContextHandle context = LibCrypto.EVP_PKEY_CTX_new(key, 0);
            nuint length = (nuint)sharedSecret.Length;
            bool agreed = !context.IsInvalid
                && LibCrypto.EVP_PKEY_derive_init(context) == 1
                && LibCrypto.EVP_PKEY_derive_set_peer(context, peerKey) == 1
                && LibCrypto.EVP_PKEY_derive(context, output, ref length) == 1;
            if (!agreed)
                LibCrypto.ERR_clear_error();
            return agreed;
        }
    }

    private static CryptographicException Refused(string what)
    {
        LibCrypto.ERR_clear_error();
        return new CryptographicException($"libcrypto refused to {what}; a FIPS-only provider does that");
    }

    private sealed class SigningKey(LibCrypto.KeyHandle key) : IEd25519SigningKey
    {
        // Preparing a context costs a tenth of a signature. One is kept; a second concurrent caller makes its own.
        private LibCrypto.DigestHandle? idle;
        private volatile bool disposed;

        public void CopyPublicKey(Span<byte> publicKey)
        {
            fixed (byte* output = publicKey)
            {
                nuint length = (nuint)publicKey.Length;
                if (LibCrypto.EVP_PKEY_get_raw_public_key(key, output, ref length) != 1)
                    throw Refused("read an Ed25519 public key");
            }
        }

        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(Ed25519PrivateKey));
            LibCrypto.DigestHandle context = Interlocked.Exchange(ref idle, null) ?? Prepare();
            byte empty = 0;
            fixed (byte* messageBytes = message, output = signature)
            {
                nuint length = (nuint)signature.Length;
                int result = LibCrypto.EVP_DigestSign(
                    context, output, ref length, messageBytes == null ? &empty : messageBytes, (nuint)message.Length);
                if (result != 1 || length != Ed25519.SignatureLength)
                {
                    context.Dispose();
                    throw Refused("sign");
                }
            }

            Interlocked.Exchange(ref idle, context)?.Dispose();
            if (disposed)
                Interlocked.Exchange(ref idle, null)?.Dispose();
        }

        public void Dispose()
        {
            disposed = true;
            Interlocked.Exchange(ref idle, null)?.Dispose();
            key.Dispose();
        }

        private LibCrypto.DigestHandle Prepare()
        {
            LibCrypto.DigestHandle context = LibCrypto.EVP_MD_CTX_new();
            if (!context.IsInvalid && LibCrypto.EVP_DigestSignInit(context, 0, 0, 0, key) == 1)
                return context;
            context.Dispose();
            throw Refused("prepare a signature");
        }
    }
}
