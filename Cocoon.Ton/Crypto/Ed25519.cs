using System.Buffers.Binary;

namespace Cocoon.Ton.Crypto;

/// <summary>Ed25519 signatures (RFC 8032, pure Ed25519), checked strictly: one encoding per key and per signature. Thread safe.</summary>
public static class Ed25519
{
    /// <summary>Bytes of a private key's seed.</summary>
    public const int SeedLength = 32;

    /// <summary>Bytes of a public key.</summary>
    public const int PublicKeyLength = 32;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureLength = 64;

    // Little-endian words of the group order L and of the field prime p = 2^255 - 19.
    private static readonly ulong[] Order = [0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000];
    private static readonly ulong[] Prime = [0xffffffffffffffed, 0xffffffffffffffff, 0xffffffffffffffff, 0x7fffffffffffffff];

    // The y coordinates of the eight points of small order; the sign of x is ignored, so five values cover them.
    private static readonly byte[][] SmallOrder =
    [
        Convert.FromHexString("0000000000000000000000000000000000000000000000000000000000000000"),
        Convert.FromHexString("0100000000000000000000000000000000000000000000000000000000000000"),
        Convert.FromHexString("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        Convert.FromHexString("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        Convert.FromHexString("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ];

    /// <summary>
    /// Whether <paramref name="signature"/> is valid for <paramref name="message"/> under <paramref name="publicKey"/>.
    /// False, never an exception, for wrong lengths, S &gt;= L (malleable), keys of small order (they verify anything) and keys with y &gt;= p.
    /// </summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        IsAcceptablePublicKey(publicKey) && IsCanonicalSignature(signature) && Curve25519.Current.Verify(publicKey, message, signature);

    /// <summary>
    /// Whether a public key has the right length, a canonical encoding and not a small order.
    /// It may still not be a point of the curve: then no signature verifies.
    /// </summary>
    public static bool IsAcceptablePublicKey(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != PublicKeyLength)
            return false;
        Span<byte> y = stackalloc byte[PublicKeyLength];
        publicKey.CopyTo(y);
        y[^1] &= 0x7f;
        if (!IsBelow(y, Prime))
            return false;
        foreach (byte[] point in SmallOrder)
        {
            if (y.SequenceEqual(point))
                return false;
        }

        return true;
    }

    /// <summary>Whether a signature has 64 bytes and S below the group order.</summary>
    internal static bool IsCanonicalSignature(ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureLength && IsBelow(signature[32..], Order);

    private static bool IsBelow(ReadOnlySpan<byte> littleEndian, ulong[] limit)
    {
        for (int word = 3; word >= 0; word--)
        {
            ulong value = BinaryPrimitives.ReadUInt64LittleEndian(littleEndian[(8 * word)..]);
            if (value != limit[word])
                return value < limit[word];
        }

        return false;
    }
}
