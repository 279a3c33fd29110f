using System.Text.Json;
using Cocoon.Ton.Crypto;

namespace Cocoon.Tests.Ton.Crypto;

public sealed class X25519Tests
{
    [Fact]
    public void EveryVectorAgreesUnderEveryImplementation()
    {
        foreach (JsonElement vector in TonVectors.Section("x25519", 1))
        {
            byte[] shared = new byte[32];
            Assert.Equal(vector.Hex("public"), X25519.DerivePublicKey(vector.Hex("private")));
            Assert.True(X25519.TryAgree(vector.Hex("private"), vector.Hex("peer_public"), shared));
            Assert.Equal(vector.Hex("shared"), shared);
            foreach (ICurve25519 curve in Ed25519Tests.Implementations())
            {
                shared.AsSpan().Clear();
                Assert.True(curve.TryAgreeX25519(vector.Hex("private"), vector.Hex("peer_public"), shared));
                Assert.Equal(vector.Hex("shared"), shared);
            }
        }
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void APeerKeyOfSmallOrderAgreesOnNothing(string peer)
    {
        byte[] shared = new byte[32];
        shared[5] = 1;
        Assert.False(X25519.TryAgree(Enumerable.Repeat((byte)9, 32).ToArray(), Convert.FromHexString(peer), shared));
        Assert.Equal(new byte[32], shared);
        foreach (ICurve25519 curve in Ed25519Tests.Implementations())
            Assert.False(curve.TryAgreeX25519(Enumerable.Repeat((byte)9, 32).ToArray(), Convert.FromHexString(peer), shared));
    }

    [Fact]
    public void WrongLengthsAreNamed()
    {
        Assert.Throws<ArgumentException>(() => X25519.DerivePublicKey(new byte[31]));
        Assert.Throws<ArgumentException>(() => X25519.TryAgree(new byte[32], new byte[33], new byte[32]));
        Assert.Throws<ArgumentException>(() => X25519.TryAgree(new byte[32], new byte[32], new byte[31]));
    }
}
