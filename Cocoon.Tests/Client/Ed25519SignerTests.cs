using Cocoon.Client.Keys;
using Cocoon.Protocol.Identity;

namespace Cocoon.Tests.Client;

public sealed class Ed25519SignerTests
{
    [Fact]
    public void WhatTheSignerSignsTheVerifierAccepts()
    {
        byte[] seed = Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        using Ed25519Signer signer = new(seed);
        Ed25519Verifier verifier = new();
        byte[] signature = new byte[64];
        signer.Sign([0x72], signature);

        Assert.Equal("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", signer.PublicKey.ToString());
        Assert.True(verifier.Verify(signer.PublicKey, [0x72], signature));
        Assert.False(verifier.Verify(signer.PublicKey, [0x73], signature));
        Assert.False(verifier.Verify(signer.PublicKey, [0x72], signature.AsSpan(1)));
        Assert.False(verifier.Verify(new PublicKey(default), [0x72], signature));
    }
}
