using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Protocol.Identity;

namespace Cocoon.Tests.Client;

public sealed class RememberedSignaturesTests
{
    [Fact]
    public void A_signature_that_held_is_not_checked_again_and_one_that_did_not_is()
    {
        using Ed25519Signer key = new(new byte[32]);
        Counting inner = new(new Ed25519Verifier());
        RememberedSignatures remembered = new(inner);
        byte[] good = Sign(key, 1);
        byte[] bad = [.. good];
        bad[5] ^= 1;
        for (int i = 0; i < 3; i++)
        {
            Assert.True(remembered.Verify(key.PublicKey, [1], good));
            Assert.False(remembered.Verify(key.PublicKey, [1], bad));
        }

        Assert.Equal(1 + 3, inner.Checks);
    }

    [Fact]
    public void A_key_that_comes_again_is_prepared_once_and_refuses_the_same()
    {
        using Ed25519Signer key = new(new byte[32]);
        Counting inner = new(new Ed25519Verifier());
        RememberedSignatures remembered = new(inner);
        for (byte i = 0; i < 20; i++)
        {
            byte[] signature = Sign(key, i);
            byte[] bad = [.. signature];
            bad[40] ^= 1;
            Assert.False(remembered.Verify(key.PublicKey, [i], bad));
            Assert.True(remembered.Verify(key.PublicKey, [i], signature));
        }

        Assert.Equal(1, inner.Prepared);
        Assert.Equal(2 * 4, inner.Checks);
    }

    [Fact]
    public void A_prepared_verifier_that_fails_its_first_signature_is_not_used()
    {
        using Ed25519Signer key = new(new byte[32]);
        Counting inner = new(new Ed25519Verifier()) { PreparesBadly = true };
        RememberedSignatures remembered = new(inner);
        for (byte i = 0; i < 10; i++)
            Assert.True(remembered.Verify(key.PublicKey, [i], Sign(key, i)));
        Assert.Equal(10, inner.Checks);
    }

    private static byte[] Sign(Ed25519Signer key, byte message)
    {
        byte[] signature = new byte[64];
        key.Sign([message], signature);
        return signature;
    }

    private sealed class Counting(Ed25519Verifier inner) : ISignatureVerifier
    {
        public int Checks { get; private set; }

        public int Prepared { get; private set; }

        public bool PreparesBadly { get; init; }

        public bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            Checks++;
            return inner.Verify(key, message, signature);
        }

        public ISignatureVerifier Prepare(PublicKey key)
        {
            Prepared++;
            return PreparesBadly ? new Refusing() : inner.Prepare(key);
        }
    }

    private sealed class Refusing : ISignatureVerifier
    {
        public bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => false;
    }
}
