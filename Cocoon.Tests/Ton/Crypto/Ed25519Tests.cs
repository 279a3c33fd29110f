using System.Text.Json;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Ton.Crypto;

public sealed class Ed25519Tests
{
    internal static IEnumerable<ICurve25519> Implementations()
    {
        if (LibCrypto.IsPresent)
            yield return new OpenSslCurve25519();
        yield return new BouncyCastleCurve25519();
    }

    [Fact]
    public void EveryVectorSignsAndVerifiesUnderEveryImplementation()
    {
        foreach (JsonElement vector in TonVectors.Section("ed25519", 11))
        {
            foreach (ICurve25519 curve in Implementations())
            {
                using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(curve, vector.Hex("seed"));
                Assert.Equal(vector.Hex("public"), key.PublicKey.ToArray());
                Assert.Equal(vector.Hex("signature"), key.Sign(vector.Hex("message")));
                Assert.Equal(vector.Hex("signature"), key.Sign(vector.Hex("message")));
                Assert.True(curve.Verify(vector.Hex("public"), vector.Hex("message"), vector.Hex("signature")));
            }

            Assert.True(Ed25519.Verify(vector.Hex("public"), vector.Hex("message"), vector.Hex("signature")));
        }
    }

    [Fact]
    public void EveryBadSignatureIsRefused()
    {
        foreach (JsonElement vector in TonVectors.Section("ed25519_reject", 3))
            Assert.False(Ed25519.Verify(vector.Hex("public"), vector.Hex("message"), vector.Hex("signature")), vector.Text("why"));
    }

    [Fact]
    public void WrongLengthsAreRefusedWithoutAnException()
    {
        JsonElement vector = TonVectors.Section("ed25519", 11)[1];
        byte[] key = vector.Hex("public"), message = vector.Hex("message"), signature = vector.Hex("signature");
        Assert.False(Ed25519.Verify(key, message, signature.AsSpan(..63)));
        Assert.False(Ed25519.Verify(key, message, [.. signature, 0]));
        Assert.False(Ed25519.Verify(key, message, []));
        Assert.False(Ed25519.Verify(key.AsSpan(..31), message, signature));
        Assert.False(Ed25519.Verify([], message, signature));
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void KeysOfSmallOrderOrWithTwoEncodingsAreRefused(string key)
    {
        Assert.False(Ed25519.IsAcceptablePublicKey(Convert.FromHexString(key)));

        // R = identity and S = 0 verify under the identity key for any message, in libraries that don't look.
        byte[] forged = new byte[64];
        forged[0] = 1;
        Assert.False(Ed25519.Verify(Convert.FromHexString(key), [1, 2, 3], forged));
    }

    [Fact]
    public void AKeyThatIsNoPointOfTheCurveVerifiesNothing()
    {
        byte[] key = new byte[32];
        key[0] = 2;
        Assert.False(Ed25519.Verify(key, [], new byte[64]));
    }

    [Fact]
    public void SOfTheOrderItselfIsRefused()
    {
        byte[] signature = new byte[64];
        Convert.FromHexString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").CopyTo(signature, 32);
        Assert.False(Ed25519.IsCanonicalSignature(signature));
        signature[32]--;
        Assert.True(Ed25519.IsCanonicalSignature(signature));
    }

    [Fact]
    public void OneKeyServesManyThreads()
    {
        foreach (ICurve25519 curve in Implementations())
        {
            using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(curve, new byte[32]);
            byte[] expected = key.Sign([7]);
            byte[] publicKey = key.PublicKey.ToArray();
            Parallel.For(0, 200, _ =>
            {
                byte[] signature = key.Sign([7]);
                Assert.Equal(expected, signature);
                Assert.True(curve.Verify(publicKey, [7], signature));
            });
        }
    }

    [Fact]
    public void ADisposedKeyDoesNotSign()
    {
        foreach (ICurve25519 curve in Implementations())
        {
            Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(curve, new byte[32]);
            key.Sign([1]);
            key.Dispose();
            Assert.Throws<ObjectDisposedException>(() => key.Sign([1]));
        }
    }

    [Fact]
    public void AGeneratedKeyOpensAgainFromItsSeed()
    {
        byte[] seed = new byte[32];
        using Ed25519PrivateKey key = Ed25519PrivateKey.Generate(seed);
        using Ed25519PrivateKey again = Ed25519PrivateKey.FromSeed(seed);
        Assert.Equal(key.PublicKey.ToArray(), again.PublicKey.ToArray());
        Assert.True(Ed25519.Verify(again.PublicKey, [9], key.Sign([9])));
        Assert.Throws<ArgumentException>(() => Ed25519PrivateKey.FromSeed(new byte[31]));
        Assert.Throws<ArgumentException>(() => key.Sign([1], new byte[63]));
    }

    [Fact]
    public void TheChosenImplementationPassesItsSelfTest()
    {
        Assert.Equal(LibCrypto.IsPresent ? "OpenSSL libcrypto" : "BouncyCastle (managed)", Curve25519.ImplementationName);
        Assert.All(Implementations(), curve => Assert.True(Curve25519.PassesSelfTest(curve, out _)));
    }

    [Fact]
    public void AnImplementationThatComputesWronglyFailsTheSelfTest() =>
        Assert.False(Curve25519.PassesSelfTest(new LyingCurve(), out _));

    private sealed class LyingCurve : ICurve25519
    {
        private readonly BouncyCastleCurve25519 inner = new();

        public string Name => "accepts every signature";

        public IEd25519SigningKey OpenSigningKey(ReadOnlySpan<byte> seed) => inner.OpenSigningKey(seed);

        public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => true;

        public void DeriveX25519PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) => inner.DeriveX25519PublicKey(privateKey, publicKey);

        public bool TryAgreeX25519(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret) =>
            inner.TryAgreeX25519(privateKey, peerPublicKey, sharedSecret);
    }
}
