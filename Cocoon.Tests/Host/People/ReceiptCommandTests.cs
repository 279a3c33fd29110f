using System.Text.Json.Nodes;
using Cocoon.Client;
using Cocoon.Client.Network;
using Cocoon.Client.Receipts;
using Cocoon.Host.Commands.Receipts;
using Cocoon.Inference.TestEngine;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Network;
using Cocoon.Tests.Storage;
using Google.Protobuf;

namespace Cocoon.Tests.Host.People;

/// <summary><c>cocoon receipt verify</c> on receipts of a real network, whole and tampered with.</summary>
public class ReceiptCommandTests
{
    [Fact]
    public async Task A_kept_receipt_holds_with_request_and_answer_and_nothing_of_it_can_be_changed()
    {
        using TemporaryFolder folder = new();
        PublicKey operatorKey;
        await using (TestNetwork network = await TestNetwork.StartAsync([(new DeterministicEngine(new TestEngineOptions()), "cocoon-test")], new NanoTon(NanoTon.PerTon)))
        {
            await using ReceiptFolder receipts = new(folder.Path, keepBodies: true);
            await using NetworkJobClient client = network.NewClient(receipts: receipts);
            Assert.True((await client.ChatAsync("cocoon-test", "Hello there")).Result.Receipt!.Verified);
            operatorKey = network.Proxy.Setup.Operator.PublicKey;
        }

        SavedReceipt saved = Assert.Single(ReceiptSource.Read(folder.Path, TextReader.Null));
        Assert.NotNull(saved.Request);
        ReceiptExpectation expected = new(operatorKey, NetworkId.Of(TestNetwork.Name));
        Assert.Equal((0, true), Run(saved, expected));
        Assert.Equal((1, false), Run(saved, expected with { Operator = new PublicKey(Bytes32.From(new byte[32])) }));
        Assert.Equal((1, false), Run(saved, expected with { Network = NetworkId.Of("other") }));
        Assert.Equal((1, false), Run(saved with { Answer = "else"u8.ToArray() }, expected));
        Assert.Equal((1, false), Run(saved with { Request = "else"u8.ToArray() }, expected));
        Assert.Equal((1, false), Run(saved with { JobId = saved.JobId + "0" }, expected));
        Assert.Equal((1, false), Run(saved with { Receipt = saved.Receipt[..^5] }, expected));
        Receipt message = Receipt.Parser.ParseFrom(saved.Receipt.Span);
        Assert.True(ReceiptLeaf.TryRead(message.Leaf.Span, out ReceiptLeaf leaf));
        message.Leaf = ByteString.CopyFrom((leaf with { Cost = leaf.Cost + new NanoTon(1) }).ToBytes());
        Assert.Equal((1, false), Run(saved with { Receipt = message.ToByteArray() }, expected));
    }

    [Fact]
    public void Receipts_are_found_wherever_people_have_them()
    {
        const string bytes = "CgEB";
        const string gateway = """{"choices":[],"usage":{},"cocoon":{"job":"a/b/1","receipt":"CgEB"}}""";
        string stream = $"data: {{\"choices\":[]}}\n\n: {gateway}\n\ndata: [DONE]\n";
        foreach (string text in (string[])[bytes, gateway, stream, $"[{gateway},{gateway}]", $"{gateway}\n{gateway}\n"])
            Assert.All(ReceiptSource.Read("-", new StringReader(text)), receipt => Assert.Equal(3, receipt.Receipt.Length));
        Assert.Equal("a/b/1", ReceiptSource.Read(gateway, TextReader.Null)[0].JobId);
        Assert.Throws<IOException>(() => ReceiptSource.Read("{\"choices\":[]}", TextReader.Null));
        Assert.Throws<IOException>(() => ReceiptSource.Read("-", new StringReader("")));
    }

    private static (int Code, bool Valid) Run(SavedReceipt receipt, ReceiptExpectation expected)
    {
        using StringWriter output = new();
        int code = ReceiptCommand.Run([receipt], expected, json: true, output);
        using StringWriter text = new();
        Assert.Equal(code, ReceiptCommand.Run([receipt], expected, json: false, text));
        Assert.Contains(code == 0 ? "The receipt holds." : "The receipt does not hold.", text.ToString(), StringComparison.Ordinal);
        return (code, (bool)JsonNode.Parse(output.ToString())!["valid"]!);
    }
}
