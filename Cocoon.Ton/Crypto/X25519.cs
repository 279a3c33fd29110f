namespace Cocoon.Ton.Crypto;

/// <summary>X25519 key agreement (RFC 7748). Thread safe.</summary>
public static class X25519
{
    /// <summary>Bytes of a private key, a public key and a shared secret.</summary>
    public const int KeyLength = 32;

    /// <summary>The public key of a 32-byte private key (clamped as the RFC says).</summary>
    public static byte[] DerivePublicKey(ReadOnlySpan<byte> privateKey)
    {
        CheckLength(privateKey, nameof(privateKey));
        byte[] publicKey = new byte[KeyLength];
        Curve25519.Current.DeriveX25519PublicKey(privateKey, publicKey);
        return publicKey;
    }

    /// <summary>
    /// Computes the shared secret into <paramref name="sharedSecret"/> (32 bytes). False, and a wiped secret, when the peer's key has
    /// small order: the result would not depend on the private key.
    /// </summary>
    public static bool TryAgree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        CheckLength(privateKey, nameof(privateKey));
        CheckLength(peerPublicKey, nameof(peerPublicKey));
        CheckLength(sharedSecret, nameof(sharedSecret));
        bool agreed = Curve25519.Current.TryAgreeX25519(privateKey, peerPublicKey, sharedSecret);
        if (!agreed)
            sharedSecret.Clear();
        return agreed;
    }

    private static void CheckLength(ReadOnlySpan<byte> value, string name)
    {
        if (value.Length != KeyLength)
            throw new ArgumentException($"an X25519 key or secret has {KeyLength} bytes, got {value.Length}", name);
    }
}
