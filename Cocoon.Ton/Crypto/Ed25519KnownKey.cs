using System.Numerics;
using System.Security.Cryptography;

namespace Cocoon.Ton.Crypto;

/// <summary>
/// A public key of which many signatures are to be checked: with tables of its own, 100 KB, a check takes a quarter of what it takes
/// otherwise. Same verdicts as <see cref="Ed25519.Verify"/>. Thread safe.
/// </summary>
public sealed class Ed25519KnownKey
{
    private const int HashLength = 64;
    private static readonly Lazy<MultiplesTable> OfBase = new(static () => new MultiplesTable(CurvePoint.Base));
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", null);
    private readonly byte[] key;
    private readonly MultiplesTable ofNegated;

    private Ed25519KnownKey(byte[] key, MultiplesTable ofNegated) => (this.key, this.ofNegated) = (key, ofNegated);

    /// <summary>Prepares a key, which takes as long as some signatures; null when no signature of it would be valid.</summary>
    public static Ed25519KnownKey? TryOpen(ReadOnlySpan<byte> publicKey)
        => Ed25519.IsAcceptablePublicKey(publicKey) && CurvePoint.TryRead(publicKey) is { } point
            ? new Ed25519KnownKey(publicKey.ToArray(), new MultiplesTable(point.Negated()))
            : null;

    /// <summary>Whether <paramref name="signature"/> is this key's for <paramref name="message"/>: R = S * B - SHA-512(R, key, message) * key.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (!Ed25519.IsCanonicalSignature(signature))
            return false;
        Span<byte> challenge = stackalloc byte[FieldElement.Length];
        HashToScalar(signature[..32], message, challenge);
        CurvePoint sum = OfBase.Value.AddMultiple(CurvePoint.Neutral, signature[32..]);
        Span<byte> expected = stackalloc byte[FieldElement.Length];
        ofNegated.AddMultiple(sum, challenge).CopyTo(expected);
        return expected.SequenceEqual(signature[..32]);
    }

    private void HashToScalar(ReadOnlySpan<byte> commitment, ReadOnlySpan<byte> message, Span<byte> scalar)
    {
        const int shortMessage = 1024;
        int length = commitment.Length + key.Length + message.Length;
        Span<byte> all = length <= shortMessage ? stackalloc byte[shortMessage] : new byte[length];
        all = all[..length];
        commitment.CopyTo(all);
        key.CopyTo(all[commitment.Length..]);
        message.CopyTo(all[(commitment.Length + key.Length)..]);
        Span<byte> hash = stackalloc byte[HashLength];
        SHA512.HashData(all, hash);
        scalar.Clear();
        (new BigInteger(hash, isUnsigned: true) % Order).TryWriteBytes(scalar, out _, isUnsigned: true);
    }
}
