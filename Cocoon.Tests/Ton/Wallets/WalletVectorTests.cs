using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Tests.Ton.Wallets;

public sealed class WalletVectorTests
{
    [Fact]
    public void EveryWalletsCodeIsTheDeployedOne()
    {
        Dictionary<string, Cell> codes = new(StringComparer.Ordinal)
        {
            ["v3r1"] = WalletCode.V3R1,
            ["v3r2"] = WalletCode.V3R2,
            ["v4r2"] = WalletCode.V4R2,
            ["v5r1"] = WalletCode.V5R1,
            ["highload_v3"] = WalletCode.HighloadV3,
        };
        JsonProperty[] vectors = [.. TonVectors.Root.GetProperty("wallet_codes").EnumerateObject()];
        Assert.Equal(5, vectors.Length);
        foreach (JsonProperty vector in vectors)
            Assert.Equal(vector.Value.Text("hash"), codes[vector.Name].Hash.ToString());
    }

    [Fact]
    public void EveryTransferIsSignedByteForByte()
    {
        foreach (JsonElement vector in TonVectors.Section("transfers", 34))
        {
            using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(vector.Hex("seed"));
            (WalletContract wallet, UnsignedBody unsigned) = CreateTransfer(vector, new Bits256(key.PublicKey));
            Assert.Equal(vector.Text("address"), wallet.Address.ToRawString());
            Assert.Equal(vector.Text("signed_hash"), unsigned.SigningHash.ToString());

            Cell body = unsigned.Sign(key);
            VectorCells.AssertIs(vector.GetProperty("body"), body);
            Message message = wallet.CreateExternal(body, vector.GetProperty("with_init").GetBoolean());
            VectorCells.AssertIs(vector.GetProperty("message"), message.ToCell());
            Assert.Equal(vector.GetProperty("message").Text("normalized_hash"), message.NormalizedHash.ToString());
            if (wallet is HighloadWalletV3)
                AssertHighloadReads(vector, body);
        }
    }

    [Fact]
    public void EveryHighloadQueryIdIsCounted()
    {
        foreach (JsonElement vector in TonVectors.Section("highload_query_ids", 9))
        {
            HighloadQueryId id = HighloadQueryId.FromSequence(vector.GetProperty("seqno").GetInt32());
            Assert.Equal(vector.GetProperty("shift").GetInt32(), id.Shift);
            Assert.Equal(vector.GetProperty("bit_number").GetInt32(), id.BitNumber);
            Assert.Equal(vector.Text("query_id"), id.Value.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(id, HighloadQueryId.FromValue(id.Value));
            Assert.Equal(vector.GetProperty("seqno").GetInt32(), id.Sequence);
        }
    }

    private static (WalletContract Wallet, UnsignedBody Body) CreateTransfer(JsonElement vector, Bits256 publicKey)
    {
        string kind = vector.Text("kind");
        if (kind == "highload_v3")
            return CreateHighload(vector, publicKey);
        uint seqno = vector.GetProperty("seqno").GetUInt32();
        uint validUntil = vector.GetProperty("valid_until").GetUInt32();
        OutgoingMessage[] messages = Messages(vector, (SendMode)vector.GetProperty("mode").GetInt32());
        switch (kind)
        {
            case "v3r2":
                WalletV3R2 v3 = new(publicKey, walletId: vector.GetProperty("wallet_id").GetUInt32());
                return (v3, v3.CreateTransfer(seqno, validUntil, messages));
            case "v4r2":
                WalletV4R2 v4 = new(publicKey, walletId: vector.GetProperty("wallet_id").GetUInt32());
                return (v4, v4.CreateTransfer(seqno, validUntil, messages));
            case "v5r1":
                WalletV5R1 v5 = new(publicKey, vector.GetProperty("network_global_id").GetInt32());
                return (v5, v5.CreateTransfer(seqno, validUntil, messages));
            default:
                throw new InvalidDataException(kind);
        }
    }

    private static (WalletContract Wallet, UnsignedBody Body) CreateHighload(JsonElement vector, Bits256 publicKey)
    {
        HighloadWalletV3 wallet = new(publicKey, vector.GetProperty("timeout").GetInt32(), vector.GetProperty("subwallet_id").GetUInt32());
        HighloadQueryId queryId = HighloadQueryId.FromSequence(vector.GetProperty("query_seqno").GetInt32());
        Assert.Equal(vector.Text("query_id"), queryId.Value.ToString(CultureInfo.InvariantCulture));
        Assert.Equal((int)SendMode.PayFeesSeparately, vector.GetProperty("self_message_mode").GetInt32());
        OutgoingMessage[] messages = Messages(vector, (SendMode)vector.GetProperty("inner_mode").GetInt32());
        VectorCells.AssertIs(vector.GetProperty("action_list"), OutList.Create(messages));
        Coins selfValue = Amount(vector.Text("self_message_value"));
        return (wallet, wallet.CreateBatch(queryId, vector.GetProperty("created_at").GetInt64(), messages, selfValue));
    }

    private static void AssertHighloadReads(JsonElement vector, Cell body)
    {
        Assert.True(HighloadRequest.TryRead(body, out HighloadRequest? request));
        Assert.Equal(vector.Text("query_id"), request.QueryId.Value.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(vector.GetProperty("created_at").GetUInt64(), request.CreatedAt);
        Assert.Equal(vector.GetProperty("timeout").GetInt32(), request.TimeoutSeconds);
        Assert.True(HighloadRequest.TryReadBatch(request.Outgoing.Message.Body, out HighloadQueryId inner, out IReadOnlyList<OutgoingMessage>? messages));
        Assert.Equal(request.QueryId, inner);
        Assert.Equal(vector.GetProperty("action_list").Text("hash"), OutList.Create(messages).Hash.ToString());
    }

    private static OutgoingMessage[] Messages(JsonElement vector, SendMode mode)
    {
        if (vector.TryGetProperty("generated_messages", out JsonElement generated))
        {
            return [.. Enumerable.Range(0, generated.GetProperty("count").GetInt32()).Select(index => new OutgoingMessage(
                Message.Internal(
                    new Address(0, new Bits256(SHA256.HashData(Encoding.UTF8.GetBytes($"addr{index}")))),
                    Coins.FromNano(index + 1),
                    bounce: false),
                mode))];
        }

        return [.. vector.GetProperty("messages").EnumerateArray().Select(message => new OutgoingMessage(
            Message.Internal(
                Address.ParseRaw(message.Text("to")),
                Amount(message.Text("value")),
                message.GetProperty("bounce").GetBoolean(),
                message.IsNull("comment") ? null : Comment.Create(message.Text("comment"))),
            mode))];
    }

    private static Coins Amount(string nano) => new(UInt128.Parse(nano, CultureInfo.InvariantCulture));
}
