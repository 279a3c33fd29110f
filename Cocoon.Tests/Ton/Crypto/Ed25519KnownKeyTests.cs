using System.Text.Json;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Ton.Crypto;

/// <summary>The tables' verdicts are those of <see cref="Ed25519.Verify"/>, for what is right, broken, malleable and no key at all.</summary>
public sealed class Ed25519KnownKeyTests
{
    [Fact]
    public void Every_vector_holds_and_every_bad_signature_is_refused()
    {
        foreach (JsonElement vector in TonVectors.Section("ed25519", 11))
            Assert.True(Ed25519KnownKey.TryOpen(vector.Hex("public"))!.Verify(vector.Hex("message"), vector.Hex("signature")));
        foreach (JsonElement vector in TonVectors.Section("ed25519_reject", 3))
            Assert.NotEqual(true, Ed25519KnownKey.TryOpen(vector.Hex("public"))?.Verify(vector.Hex("message"), vector.Hex("signature")));
    }

    [Fact]
    public void Verdicts_are_the_same_for_signatures_with_one_flipped_bit()
    {
        Random random = new(7);
        byte[] seed = new byte[Ed25519.SeedLength];
        for (int i = 0; i < 8; i++)
        {
            random.NextBytes(seed);
            using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(seed);
            Ed25519KnownKey known = Ed25519KnownKey.TryOpen(key.PublicKey)!;
            for (int j = 0; j < 25; j++)
            {
                byte[] message = new byte[random.Next(0, 1500)];
                random.NextBytes(message);
                byte[] signature = key.Sign(message);
                Assert.True(known.Verify(message, signature));
                signature[random.Next(signature.Length)] ^= (byte)(1 << random.Next(8));
                Assert.Equal(Ed25519.Verify(key.PublicKey, message, signature), known.Verify(message, signature));
                Assert.False(known.Verify(message, signature));
            }

            Assert.False(known.Verify([1], key.Sign([2])));
            Assert.False(known.Verify([1], key.Sign([1]).AsSpan(1)));
        }
    }

    /// <summary>S and S + L are the same multiple of the base point.</summary>
    [Fact]
    public void A_signature_has_one_encoding()
    {
        byte[] order = Convert.FromHexString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(new byte[Ed25519.SeedLength]);
        byte[] signature = key.Sign([1, 2, 3]);
        int carry = 0;
        for (int i = 0; i < order.Length; i++)
        {
            int sum = signature[32 + i] + order[i] + carry;
            signature[32 + i] = (byte)sum;
            carry = sum >> 8;
        }

        Assert.False(Ed25519KnownKey.TryOpen(key.PublicKey)!.Verify([1, 2, 3], signature));
    }

    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("0102")]
    public void What_is_no_key_cannot_be_opened(string key) => Assert.Null(Ed25519KnownKey.TryOpen(Convert.FromHexString(key)));
}
