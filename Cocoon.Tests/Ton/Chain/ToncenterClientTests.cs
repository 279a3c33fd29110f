using System.Numerics;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Messages;

namespace Cocoon.Tests.Ton.Chain;

public sealed class ToncenterClientTests
{
    private const string Account = """
        {"balance":"1500000000","code":"","data":"te6cckEBAQEAAgAAAEysuc0=","state":"active","sync_utime":1760000000,
         "last_transaction_id":{"lt":"9007199254740993","hash":"tWDGyry0CGUAQnTFsPDL3g7SAa/ksoG90ebxpxVWBmU="},"frozen_hash":""}
        """;

    private static readonly Address Wallet = new(0, Bits256.ParseHex("12b9f6142e799c504069daf3d0a243a286ac40b5566e9ba8c45c35eb52ba829c"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnAccountIsReadByRestAndByJsonRpc(bool jsonRpc)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Result(Account));
        using ToncenterClient client = Open(server, jsonRpc: jsonRpc, key: "secret-key");
        AccountSnapshot account = await client.GetAccountAsync(Wallet);

        Assert.Equal(AccountStatus.Active, account.Status);
        Assert.Equal("1.5", account.Balance.ToString());
        Assert.Equal(1_760_000_000, account.ChainTime);
        Assert.Equal(9_007_199_254_740_993UL, account.LastTransaction!.Value.Lt);
        Assert.Null(account.Code);
        Assert.Equal(Cell.Empty.Hash, account.Data!.Hash);
        SeenRequest request = Assert.Single(server.Requests);
        Assert.Equal("secret-key", request.Key);
        Assert.Equal(jsonRpc ? "POST" : "GET", request.Method);
        Assert.Equal(jsonRpc ? "/api/v2/jsonRPC" : "/api/v2/getAddressInformation", request.Path);
        Assert.Contains(Wallet.ToString(), jsonRpc ? request.Body : request.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAccountWithoutTransactionsHasNone()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Result(
            """{"balance":-1,"code":"","data":"","state":"uninitialized","sync_utime":1,"last_transaction_id":{"lt":"0","hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"""));
        using ToncenterClient client = Open(server);
        AccountSnapshot account = await client.GetAccountAsync(Wallet);
        Assert.Null(account.LastTransaction);
        Assert.Equal(Coins.Zero, account.Balance);
    }

    [Fact]
    public async Task TransactionsAreReadFromTheirCellsAndChecked()
    {
        JsonElement vector = TonVectors.Section("transactions", 25)[0];
        Address account = new(0, Bits256.ParseHex(vector.Text("account")));
        string hash = Bits256.ParseHex(vector.Text("hash")).ToBase64();
        string item = $$$"""[{"data":"{{{vector.Text("boc")}}}","utime":1,"transaction_id":{"lt":"{{{vector.Text("lt")}}}","hash":"{{{hash}}}"}}]""";
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            ScriptedServer.Result(item), ScriptedServer.Result(item.Replace(hash[..4], "AAAA", StringComparison.Ordinal)));
        using ToncenterClient client = Open(server);

        Transaction transaction = Assert.Single(await client.GetTransactionsAsync(account));
        Assert.Equal(vector.Text("hash"), transaction.Hash.ToString());
        ChainUnavailableException lie = await Assert.ThrowsAsync<ChainUnavailableException>(() => client.GetTransactionsAsync(account));
        Assert.Contains("another hash", lie.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ChainUnavailableException>(() => client.GetTransactionsAsync(Wallet));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.GetTransactionsAsync(account, limit: 101));
    }

    [Fact]
    public async Task EveryKindOfStackItemIsRead()
    {
        const string cell = "te6cckEBAQEAAgAAAEysuc0=";
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Result($$$"""
            {"gas_used":590,"exit_code":0,"stack":[
              ["num","0x2a"],["num","-0x1"],["num","115792089237316195423570985008687907853269984665640564039457584007913129639935"],["num","NaN"],
              ["cell",{"bytes":"{{{cell}}}","object":{}}],["slice",{"bytes":"{{{cell}}}"}],["builder",{"bytes":"{{{cell}}}"}],["null"],
              ["list",{"@type":"tvm.list","elements":[]}],
              ["tuple",{"@type":"tvm.tuple","elements":[
                {"@type":"tvm.stackEntryNumber","number":{"@type":"tvm.numberDecimal","number":"-7"}},
                {"@type":"tvm.stackEntryCell","cell":{"@type":"tvm.cell","bytes":"{{{cell}}}"}},
                {"@type":"tvm.stackEntryList","list":{"elements":[]}}]}]]}
            """));
        using ToncenterClient client = Open(server);
        GetMethodResult result = await client.RunGetMethodAsync(
            Wallet, "get_wallet_address", [new StackItem.Number(-5), new StackItem.CellValue(Cell.Empty), new StackItem.SliceValue(Cell.Empty)]);

        Assert.Equal(42, result.Number(0));
        Assert.Equal(BigInteger.MinusOne, result.Number(1));
        Assert.Equal(BigInteger.Pow(2, 256) - 1, result.Number(2));
        Assert.IsType<StackItem.NotANumber>(result.Stack[3]);
        for (int index = 4; index < 7; index++)
            Assert.Equal(Cell.Empty.Hash, result.Cell(index).Hash);
        Assert.IsType<StackItem.Null>(result.Stack[7]);
        Assert.IsType<StackItem.Null>(result.Stack[8]);
        StackItem.Tuple tuple = Assert.IsType<StackItem.Tuple>(result.Stack[9]);
        Assert.Equal(new StackItem.Number(-7), tuple.Items[0]);
        Assert.Throws<TonFormatException>(() => result.Number(4));
        Assert.Throws<TonFormatException>(() => result.Cell(10));
        string body = Assert.Single(server.Requests).Body;
        Assert.Contains("""["num","-5"],["tvm.Cell","te6cckEBAQEAAgAAAEysuc0="],["tvm.Slice",""", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "LITE_SERVER_UNKNOWN: cannot apply external message to current state : External message was not accepted\\nCannot run message on account: inbound external message rejected by transaction AB:\\nexitcode=33, steps=23, gas_used=0\\nVM Log", SendVerdict.Rejected, 33)]
    [InlineData(500, "LITE_SERVER_UNKNOWN: cannot apply external message to current state : rejected by account before smart-contract execution", SendVerdict.Rejected, null)]
    [InlineData(500, "exitcode=-14, steps=1", SendVerdict.Rejected, -14)]
    [InlineData(500, "LITE_SERVER_UNKNOWN: too many external messages to address 0:AB", SendVerdict.Busy, null)]
    [InlineData(500, "LITE_SERVER_UNKNOWN: failed to parse external message boc", SendVerdict.Malformed, null)]
    [InlineData(500, "duplicate message", SendVerdict.Accepted, null)]
    public async Task ANodesRefusalIsAnAnswerAndNotATrouble(int status, string error, SendVerdict verdict, int? exitCode)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            ScriptedServer.Raw(status, $$"""{"ok":false,"error":"{{error}}","code":{{status}}}"""));
        using ToncenterClient client = Open(server);
        SendResult result = await client.SendAsync(Cell.Empty);
        Assert.Equal(verdict, result.Verdict);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Single(server.Requests);
        Assert.True(client.State.IsReachable);
    }

    [Fact]
    public async Task AnAcceptedMessageIsSentOnceAndATooDeepOneNotAtAll()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Result("""{"@type":"ok"}"""));
        using ToncenterClient client = Open(server);
        Assert.Equal(SendVerdict.Accepted, (await client.SendAsync(Cell.Empty)).Verdict);
        Assert.Equal("POST", Assert.Single(server.Requests).Method);

        Cell deep = Cell.Empty;
        for (int depth = 0; depth < 513; depth++)
            deep = CellBuilder.BeginCell().StoreRef(deep).EndCell();
        Assert.Equal(SendVerdict.Malformed, (await client.SendAsync(deep)).Verdict);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task FeesSeqnoAndConfigurationAreRead()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            ScriptedServer.Result("""{"source_fees":{"in_fwd_fee":1000,"storage_fee":20,"gas_fee":300,"fwd_fee":4},"destination_fees":[]}"""),
            ScriptedServer.Result("""{"last":{"workchain":-1,"seqno":77}}"""),
            ScriptedServer.Result("""{"config":{"@type":"tvm.cell","bytes":"te6cckEBAQEAAgAAAEysuc0="}}"""));
        using ToncenterClient client = Open(server);
        FeeEstimate fees = await client.EstimateFeeAsync(Message.ExternalIn(Wallet, Cell.Empty));
        Assert.Equal(Coins.FromNano(1_324), fees.Total);
        Assert.Equal(77U, await client.GetMasterchainSeqnoAsync());
        Assert.Equal(Cell.Empty.Hash, (await client.GetConfigParameterAsync(21)).Hash);
        await Assert.ThrowsAsync<ArgumentException>(() => client.EstimateFeeAsync(Message.Internal(Wallet, Coins.Zero, bounce: false)));
    }

    [Theory]
    [InlineData(404, """{"ok":false,"error":"method not found","code":404}""")]
    [InlineData(409, """{"ok":false,"error":"wrong token type","code":409}""")]
    [InlineData(416, """{"ok":false,"error":"Incorrect address","code":416}""")]
    [InlineData(422, """{"ok":false,"error":"validation","code":422}""")]
    [InlineData(542, """{"ok":false,"error":"unsupported stack type","code":542}""")]
    [InlineData(200, """{"ok":false,"error":"Incorrect address","code":416}""")]
    public async Task ARefusedRequestIsNotTriedAgain(int status, string body)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Raw(status, body));
        using ToncenterClient client = Open(server);
        ChainRequestException refusal = await Assert.ThrowsAsync<ChainRequestException>(() => client.GetAccountAsync(Wallet));
        Assert.Equal(status == 200 ? 416 : status, refusal.Code);
        Assert.Single(server.Requests);
        Assert.True(client.State.IsReachable);
    }

    internal static ToncenterClient Open(ScriptedServer server, bool jsonRpc = false, string? key = null) =>
        Open([new ToncenterEndpoint(server.Uri, key) { UseJsonRpc = jsonRpc }], new LeapingTime(TimeSpan.FromSeconds(9)));

    internal static ToncenterClient Open(IReadOnlyList<ToncenterEndpoint> endpoints, TimeProvider time, int attemptsMax = 5) => new(
        new ToncenterOptions { Endpoints = endpoints, AttemptsMax = attemptsMax, BackoffMax = TimeSpan.FromSeconds(8), ResponseBytesMax = 64 * 1_024 },
        time,
        new Random(1),
        new SocketsHttpHandler { AllowAutoRedirect = false });
}
