using System.Security.Cryptography;

namespace Cocoon.Ton.Crypto;

/// <summary>The curve arithmetic this process uses: OpenSSL's where it is present and passes its self-test, else managed code.</summary>
public static class Curve25519
{
    private static readonly Lazy<ICurve25519> Chosen = new(Choose);

    /// <summary>The name of the implementation in use; choosing it runs the self-test once.</summary>
    /// <exception cref="CryptographicException">No implementation computes the published test vectors on this machine.</exception>
    public static string ImplementationName => Current.Name;

    internal static ICurve25519 Current => Chosen.Value;

    internal static ICurve25519 Choose()
    {
        if (LibCrypto.IsPresent && PassesSelfTest(new OpenSslCurve25519(), out ICurve25519 openSsl))
            return openSsl;
        if (PassesSelfTest(new BouncyCastleCurve25519(), out ICurve25519 managed))
            return managed;
        throw new CryptographicException("neither libcrypto nor the managed code computes the test vectors of RFC 8032 and RFC 7748: do not use this machine for keys");
    }

    /// <summary>RFC 8032 section 7.1 test 2 (sign, verify, refuse a flipped bit) and RFC 7748 section 6.1.</summary>
    internal static bool PassesSelfTest(ICurve25519 candidate, out ICurve25519 tested)
    {
        tested = candidate;
        try
        {
            return SignsCorrectly(candidate) && AgreesCorrectly(candidate);
        }
        catch (Exception problem) when (problem is CryptographicException or EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    private static bool SignsCorrectly(ICurve25519 candidate)
    {
        byte[] seed = Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        byte[] expectedKey = Convert.FromHexString("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        byte[] expected = Convert.FromHexString(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        byte[] message = [0x72];
        byte[] publicKey = new byte[Ed25519.PublicKeyLength];
        byte[] signature = new byte[Ed25519.SignatureLength];
        using IEd25519SigningKey key = candidate.OpenSigningKey(seed);
        key.CopyPublicKey(publicKey);
        key.Sign(message, signature);
        if (!publicKey.AsSpan().SequenceEqual(expectedKey) || !signature.AsSpan().SequenceEqual(expected))
            return false;
        bool accepted = candidate.Verify(publicKey, message, signature);
        signature[3] ^= 1;
        return accepted && !candidate.Verify(publicKey, message, signature);
    }

    private static bool AgreesCorrectly(ICurve25519 candidate)
    {
        byte[] alice = Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        byte[] bobPublic = Convert.FromHexString("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        byte[] expectedPublic = Convert.FromHexString("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        byte[] expectedShared = Convert.FromHexString("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        byte[] alicePublic = new byte[X25519.KeyLength];
        byte[] shared = new byte[X25519.KeyLength];
        candidate.DeriveX25519PublicKey(alice, alicePublic);
        return candidate.TryAgreeX25519(alice, bobPublic, shared)
            && alicePublic.AsSpan().SequenceEqual(expectedPublic)
            && shared.AsSpan().SequenceEqual(expectedShared)
            && !candidate.TryAgreeX25519(alice, new byte[X25519.KeyLength], shared);
    }
}
