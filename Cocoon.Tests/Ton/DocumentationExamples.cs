using Cocoon.Tests.Ton.Chain;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Tests.Ton;

/// <summary>The examples of <c>docs/ton.md</c>, compiled and run; another test compares the text.</summary>
public sealed class DocumentationExamples
{
    private const string Phrase =
        "design accident wave absent save burger sail lonely muffin onion ask mobile crater two excuse across glance end witness mountain waste find similar second";

    [Fact]
    public void Cells()
    {
        Cell leaf = CellBuilder.BeginCell().StoreUInt(0xbb, 8).EndCell();
        Cell root = CellBuilder.BeginCell()
            .StoreUInt(42, 32)
            .StoreCoins(Coins.Parse("1.5"))
            .StoreRef(leaf)
            .EndCell();

        string boc = root.ToBase64();
        Slice slice = Cell.FromBase64(boc).BeginParse();
        ulong number = slice.LoadUInt(32);
        Coins amount = slice.LoadCoins();
        Cell reference = slice.LoadRef();
        slice.EndParse();

        Assert.Equal(42UL, number);
        Assert.Equal("1.5", amount.ToString());
        Assert.Equal(leaf.Hash, reference.Hash);
    }

    [Fact]
    public void Addresses()
    {
        FriendlyAddress friendly = Address.ParseFriendly("UQASufYULnmcUEBp2vPQokOihqxAtVZum6jEXDXrUrqCnJFM");
        string raw = friendly.Address.ToRawString();
        bool mayBounce = friendly.IsBounceable;
        bool testOnly = friendly.IsTestOnly;

        Assert.Equal("0:12b9f6142e799c504069daf3d0a243a286ac40b5566e9ba8c45c35eb52ba829c", raw);
        Assert.False(mayBounce);
        Assert.False(testOnly);
    }

    [Fact]
    public void Dictionaries()
    {
        HashmapE<ulong, Coins> prices = new(DictionaryKeys.UInt(32), DictionaryValues.Coins)
        {
            [1] = Coins.Parse("0.5"),
            [7] = Coins.Parse("2"),
        };
        Cell cell = CellBuilder.BeginCell().StoreDict(prices).EndCell();
        HashmapE<ulong, Coins> read = cell.BeginParse().LoadDict(DictionaryKeys.UInt(32), DictionaryValues.Coins);

        Assert.Equal(Coins.Parse("2"), read[7]);
    }

    [Fact]
    public void Keys()
    {
        string[] phrase = Mnemonic.Generate();
        bool valid = Mnemonic.IsValid(phrase);
        using Ed25519PrivateKey key = Mnemonic.ToPrivateKey(phrase);
        byte[] signature = key.Sign([1, 2, 3]);
        bool verified = Ed25519.Verify(key.PublicKey, [1, 2, 3], signature);

        Assert.True(valid && verified);
    }

    [Fact]
    public void Transfer()
    {
        using Ed25519PrivateKey key = Mnemonic.ToPrivateKey(Mnemonic.Split(Phrase));
        WalletV5R1 wallet = new(new Bits256(key.PublicKey));
        Message payment = Message.Transfer(
            Address.ParseFriendly("UQASufYULnmcUEBp2vPQokOihqxAtVZum6jEXDXrUrqCnJFM"), Coins.Parse("1.5"), "thanks");
        Cell body = wallet
            .CreateTransfer(seqno: 0, validUntil: 1_760_000_000, new OutgoingMessage(payment, SendMode.PayFeesSeparately))
            .Sign(key);
        Message external = wallet.CreateExternal(body, deploy: true);
        string boc = external.ToCell().ToBase64();
        Bits256 trackingHash = external.NormalizedHash;

        Assert.Equal(external.ToCell(), Cell.FromBase64(boc));
        Assert.NotEqual(external.ToCell().Hash, trackingHash);
    }

    [Fact]
    public void Batch()
    {
        using Ed25519PrivateKey key = Mnemonic.ToPrivateKey(Mnemonic.Split(Phrase));
        HighloadWalletV3 wallet = new(new Bits256(key.PublicKey));
        OutgoingMessage[] payouts = [.. Enumerable.Range(1, 254).Select(number => new OutgoingMessage(
            Message.Internal(new Address(0, wallet.Address.Hash), Coins.FromNano(number), bounce: false),
            SendMode.PayFeesSeparately))];
        UnsignedBody request = wallet.CreateBatch(
            HighloadQueryId.FromSequence(17), createdAt: 1_760_000_000, payouts, selfMessageValue: Coins.Parse("0.5"));
        Cell body = request.Sign(key);

        Assert.True(HighloadRequest.TryRead(body, out HighloadRequest? read));
        Assert.Equal(17, read.QueryId.Sequence);
    }

    [Fact]
    public void Transactions()
    {
        string boc = TonVectors.Section("transactions", 25)[0].Text("boc");

        Transaction transaction = Transaction.FromCell(Cell.FromBase64(boc));
        bool failed = transaction.Description.Aborted;
        foreach ((Message message, Bits256 hash) in transaction.OutMessages)
        {
            if (message.Info is InternalMessageInfo info)
                Console.WriteLine($"{hash}: {info.Value.Coins} to {info.Destination}");
        }

        Assert.False(failed);
    }

    [Fact]
    public void Comments()
    {
        Cell body = Comment.Create("order 7");
        bool isText = Comment.TryRead(body, out string? text);

        Assert.True(isText);
        Assert.Equal("order 7", text);
    }

    [Fact]
    public async Task ChainAccess()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Result(
            """{"balance":"7","code":"","data":"","state":"uninitialized","sync_utime":1,"last_transaction_id":{"lt":"0","hash":""}}"""));
        Uri endpoint = server.Uri, another = server.Uri;
        Address wallet = new(0, default);
        TimeProvider time = PatientTime.Instance;

        using ToncenterClient chain = new(new ToncenterOptions
        {
            Endpoints =
            [
                new ToncenterEndpoint(endpoint, apiKey: null) { RequestsPerSecond = 10 },
                new ToncenterEndpoint(another) { UseJsonRpc = true },
            ],
        }, time); // TimeProvider.System, or a test's own
        chain.StateChanged += state => Console.WriteLine(state.IsReachable ? "the chain is back" : $"the chain is out of reach: {state.Problem}");
        AccountSnapshot account = await chain.GetAccountAsync(wallet);
        AccountHistory history = await AccountHistory.ReadAsync(chain, wallet, known: null);
        foreach (Transaction transaction in history.Transactions)
            Console.WriteLine($"{transaction.Lt}: {transaction.OutMessages.Count} messages out");

        Assert.Equal(Coins.FromNano(7), account.Balance);
        Assert.Empty(history.Transactions);
    }
}
