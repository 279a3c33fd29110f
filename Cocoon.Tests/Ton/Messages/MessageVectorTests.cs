using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Jettons;
using Cocoon.Ton.Messages;

namespace Cocoon.Tests.Ton.Messages;

public sealed class MessageVectorTests
{
    [Fact]
    public void EveryMessageIsWrittenAndReadByteForByte()
    {
        foreach (JsonElement vector in TonVectors.Section("messages", 11))
        {
            Message message = vector.Text("kind") switch
            {
                "internal_relaxed" => Message.Internal(
                    Address.ParseRaw(vector.Text("to")), Value(vector), vector.GetProperty("bounce").GetBoolean(), MaybeCell(vector, "body"), Init(vector)),
                "external_in" => Message.ExternalIn(Address.ParseRaw(vector.Text("to")), MaybeCell(vector, "body")!, Init(vector)),
                string other => throw new InvalidDataException(other),
            };
            Cell cell = message.ToCell();
            VectorCells.AssertIs(vector, cell);
            if (!vector.IsNull("normalized_hash"))
                Assert.Equal(vector.Text("normalized_hash"), message.NormalizedHash.ToString());

            Message read = Message.FromCell(cell);
            Assert.Equal(message.Body, read.Body);
            Assert.Equal(message.Init?.ToCell(), read.Init?.ToCell());
            Assert.Equal(cell, read.ToCell());
        }
    }

    [Fact]
    public void EveryInitialStateGivesItsAddress()
    {
        foreach (JsonElement vector in TonVectors.Section("state_init", 2))
        {
            StateInit init = new(MaybeCell(vector, "code"), MaybeCell(vector, "data"));
            VectorCells.AssertIs(vector.GetProperty("state_init"), init.ToCell());
            Assert.Equal(vector.Text("address_wc0"), init.ContractAddress().ToRawString());
            Assert.Equal(vector.Text("address_wc_1"), init.ContractAddress(-1).ToRawString());
            Assert.Equal(init, StateInit.Load(init.ToCell().BeginParse()));
        }
    }

    [Fact]
    public void EveryCommentIsWrittenAndRead()
    {
        foreach (JsonElement vector in TonVectors.Section("comments", 9))
        {
            Cell body = Comment.Create(vector.Text("text"));
            VectorCells.AssertIs(vector, body);
            Assert.True(Comment.TryRead(body, out string? text));
            Assert.Equal(vector.Text("text"), text);
        }
    }

    [Fact]
    public void EveryJettonBodyIsWrittenAndReadByteForByte()
    {
        foreach (JsonElement vector in TonVectors.Section("jettons", 4))
        {
            Assert.Equal("transfer", vector.Text("op"));
            JettonTransfer transfer = new(
                vector.GetProperty("query_id").GetUInt64(),
                Amount(vector, "amount"),
                Address.ParseRaw(vector.Text("destination")),
                vector.IsNull("response_destination") ? null : Address.ParseRaw(vector.Text("response_destination")))
            {
                ForwardTonAmount = Amount(vector, "forward_ton_amount"),
                ForwardPayload = MaybeCell(vector, "forward_payload") ?? Cell.Empty,
                ForwardPayloadInReference = vector.GetProperty("payload_in_ref").GetBoolean(),
            };
            VectorCells.AssertIs(vector, transfer.ToCell());
            Assert.True(JettonTransfer.TryRead(transfer.ToCell(), out JettonTransfer? read));
            Assert.Equal(transfer, read);
        }
    }

    [Fact]
    public void EveryMethodHasItsNumber()
    {
        foreach (JsonElement vector in TonVectors.Section("method_ids", 10))
            Assert.Equal(vector.GetProperty("id").GetInt32(), GetMethod.Id(vector.Text("name")));
    }

    private static CurrencyCollection Value(JsonElement vector)
    {
        CurrencyCollection value = Amount(vector, "value");
        if (!vector.TryGetProperty("extracurrency", out JsonElement extra))
            return value;
        HashmapE<ulong, BigInteger> other = CurrencyCollection.CreateOther();
        foreach (JsonProperty entry in extra.EnumerateObject())
        {
            ulong currency = ulong.Parse(entry.Name, CultureInfo.InvariantCulture);
            other[currency] = BigInteger.Parse(entry.Value.GetString()!, CultureInfo.InvariantCulture);
        }

        return value with { Other = other };
    }

    private static StateInit? Init(JsonElement vector) => vector.IsNull("init")
        ? null
        : new StateInit(MaybeCell(vector.GetProperty("init"), "code"), MaybeCell(vector.GetProperty("init"), "data"));

    private static Coins Amount(JsonElement vector, string property) =>
        new(UInt128.Parse(vector.Text(property), CultureInfo.InvariantCulture));

    private static Cell? MaybeCell(JsonElement vector, string property) =>
        vector.IsNull(property) ? null : Cell.FromBase64(vector.Text(property));
}
