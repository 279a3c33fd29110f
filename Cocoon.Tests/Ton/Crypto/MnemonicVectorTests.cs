using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Wallets;

namespace Cocoon.Tests.Ton.Crypto;

public sealed class MnemonicVectorTests
{
    [Fact]
    public void TheWordListIsTheKnownOne()
    {
        Assert.Equal(2_048, Mnemonic.WordList.Count);
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Mnemonic.WordList))));
        Assert.Equal(TonVectors.Root.Text("wordlist_sha256"), hash);
    }

    [Fact]
    public void EveryPhraseGivesItsKeyAndWallets()
    {
        int wallets = 0;
        foreach (JsonElement vector in TonVectors.Section("mnemonics", 10))
        {
            string[] phrase = Mnemonic.Split(vector.Text("words"));
            string? password = vector.IsNull("password") ? null : vector.Text("password");
            Assert.Equal(vector.Text("entropy"), Convert.ToHexStringLower(Mnemonic.ToEntropy(phrase, password)));
            Assert.Equal(vector.Text("seed64"), Convert.ToHexStringLower(Mnemonic.ToSeed(phrase, password)));
            Assert.Equal(vector.Text("hd_seed"), Convert.ToHexStringLower(Mnemonic.ToHdSeed(phrase, password)));
            Assert.Equal(vector.GetProperty("valid").GetBoolean(), Mnemonic.IsValid(phrase, password));
            using Ed25519PrivateKey key = Mnemonic.ToPrivateKey(phrase, password);
            Assert.Equal(vector.Text("public"), Convert.ToHexStringLower(key.PublicKey));
            if (vector.TryGetProperty("wallets", out JsonElement list))
            {
                foreach (JsonElement wallet in list.EnumerateArray())
                {
                    AssertWallet(wallet, new Bits256(key.PublicKey));
                    wallets++;
                }
            }
        }

        Assert.Equal(160, wallets);
    }

    [Fact]
    public void EveryBadPhraseIsRefused()
    {
        foreach (JsonElement vector in TonVectors.Section("mnemonics_reject", 3))
            Assert.False(Mnemonic.IsValid(Mnemonic.Split(vector.Text("words"))), vector.Text("why"));
        Assert.False(Mnemonic.IsValid([]));
    }

    [Fact]
    public void AGeneratedPhraseIsValid()
    {
        string[] phrase = Mnemonic.Generate();
        Assert.Equal(24, phrase.Length);
        Assert.True(Mnemonic.IsValid(phrase));
        Assert.False(Mnemonic.IsValid(phrase, "a password that it does not need"));
        Assert.Throws<ArgumentOutOfRangeException>(() => Mnemonic.Generate(7));
    }

    [Fact]
    public void AGeneratedPhraseWithAPasswordNeedsIt()
    {
        string[] phrase = Mnemonic.Generate(password: "correct horse");
        Assert.True(Mnemonic.IsValid(phrase, "correct horse"));
        Assert.False(Mnemonic.IsValid(phrase));
    }

    private static void AssertWallet(JsonElement vector, Bits256 publicKey)
    {
        int workchain = vector.GetProperty("workchain").GetInt32();
        uint? walletId = vector.IsNull("wallet_id") ? null : vector.GetProperty("wallet_id").GetUInt32();
        WalletContract wallet = vector.Text("kind") switch
        {
            "v3r1" => new WalletV3R1(publicKey, workchain, walletId),
            "v3r2" => new WalletV3R2(publicKey, workchain, walletId),
            "v4r2" => new WalletV4R2(publicKey, workchain, walletId),
            "v5r1" => new WalletV5R1(
                publicKey, vector.GetProperty("network_global_id").GetInt32(), workchain, vector.GetProperty("subwallet").GetInt32()),
            "highload_v3" => new HighloadWalletV3(
                publicKey, vector.GetProperty("timeout").GetInt32(), vector.GetProperty("subwallet_id").GetUInt32(), workchain),
            string other => throw new InvalidDataException(other),
        };
        if (wallet is WalletV5R1 v5)
            Assert.Equal(walletId, v5.WalletId);
        Assert.Equal(vector.Text("address"), wallet.Address.ToRawString());
        Assert.Equal(vector.Text("friendly"), wallet.Address.ToString(bounceable: false));
        Assert.Equal(vector.Text("state_init_hash"), wallet.Init.ToCell().Hash.ToString());
        VectorCells.AssertIs(vector.GetProperty("data"), wallet.Init.Data!);
        Assert.Equal(vector.Text("code_hash"), wallet.Init.Code!.Hash.ToString());
    }
}
