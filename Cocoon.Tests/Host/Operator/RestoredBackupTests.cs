using System.Text.Json.Nodes;
using Cocoon.Client;
using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Client.Receipts;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Ledger;
using Cocoon.Tests.Network;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Messages;

namespace Cocoon.Tests.Host.Operator;

/// <summary>
/// The drill of docs/operators/restored-ledger.md with real processes: an old backup is all there is. The proxy is found out, what the
/// worker's receipts prove is booked again, deposits are read again, and nobody is paid twice. The worker's owner key is on no node.
/// </summary>
public sealed class RestoredBackupTests
{
    private const int JobsPerPayout = 3;
    private const string Settings = """
        prices.models."*" { prompt = 0, cached = 0, completion = 1_000_000_000_000, reasoning = 1_000_000_000_000 }
        jobs.instalment.amount = 100 TON
        treasury.payouts { threshold = 0.6 TON, period = 100d }
        """;

    // 240 tokens at 0.001 TON, and what 5 % leave of it.
    private const long Cost = 240_000_000;
    private const long PaidEachTime = JobsPerPayout * Cost * 95 / 100;

    [Fact]
    public async Task An_operator_recovers_from_an_old_backup_and_pays_nobody_twice()
    {
        await using OperatorWorld world = new() { Settings = Settings };
        await world.StartAsync();
        using Ed25519Signer key = new(LedgerSamples.Identity("client").AsSpan().ToArray());
        AccountId account = AccountId.Of(key.PublicKey);
        await world.DepositAsync("8", "cocoon:operator");
        await world.DepositAsync("5", $"cocoon:{account}");
        await world.UntilAsync(() => Task.FromResult(world.BalanceOf(account).Value), balance => balance == 5_000_000_000);
        await PrepareWorkerAsync(world);
        await using ReceiptFolder receipts = new(world.PathOf("receipts"));
        await using NetworkJobClient client = Connect(world, key, receipts);

        await WorkAsync(world, client, payouts: 1);
        await world.StopProxyAsync();
        string backup = world.PathOf("backup.db");
        LedgerFiles.Copy(world.LedgerFile, backup);
        await world.StartProxyAsync();
        await WorkAsync(world, client, payouts: 2);
        await world.DepositAsync("1", account.ToString());
        await world.UntilAsync(() => Task.FromResult(world.BalanceOf(account).Value), balance => balance == 6_000_000_000 - (6 * Cost));
        await world.StopProxyAsync();

        // The disk is lost; this copy is all there is.
        LedgerFiles.Copy(backup, world.LedgerFile);
        await world.StartProxyAsync();
        await world.UntilAsync(() => FailureAsync(client), failure => failure == JobFailure.LedgerContradicted);
        JsonObject stopped = await world.UntilAsync(world.StatusAsync, status => (string)status["state"]! == "Unexplained");
        Assert.Contains("A backup was restored", (string)stopped["text"]!, StringComparison.Ordinal);
        (await RecoverAsync(world)).Refused(2, "in use by another process");
        await world.StopProxyAsync();

        (await world.ProxyAsync("ledger", "recover", "--receipts", world.PathOf("none"))).Refused(2, "there is no file or folder");
        (await RecoverAsync(world, "--set", "proxy.storage.file=none.db")).Refused(2, "there is no ledger");
        CommandOutput look = await RecoverAsync(world);
        Assert.Equal(1, look.Code);
        Assert.Contains("events are missing; they settle 3 jobs that are not booked", look.Text, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", look.Text, StringComparison.Ordinal);
        JsonNode program = JsonNode.Parse((await RecoverAsync(world, "--json")).Text)!;
        Assert.Equal((3, false), (program["streams"]!.AsArray().Sum(stream => (int)stream!["settlementsMissing"]!), (bool)program["accepted"]!));
        CommandOutput done = (await RecoverAsync(world, "--accept-loss", "--memo", "disk lost")).Succeeded();
        Assert.Contains("3 settlements booked again", done.Text, StringComparison.Ordinal);
        Assert.Contains("nothing is missing", (await RecoverAsync(world, "--accept-loss")).Succeeded().Text, StringComparison.Ordinal);
        (await CommandLine.RunAsync("ledger", "verify", "--file", world.LedgerFile)).Succeeded();

        await world.StartProxyAsync();
        await ExplainAsync(world);
        await world.UntilAsync(() => Task.FromResult(world.BalanceOf(account).Value), balance => balance == 6_000_000_000 - (6 * Cost));
        await using NetworkJobClient again = Connect(world, key, receipts);
        await WorkAsync(world, again, payouts: 3);
        Assert.Equal(6_000_000_000 - (9 * Cost), world.BalanceOf(account).Value);
        await AssertPaidOnceEachAsync(world);
    }

    /// <summary>The owner signs on a machine of its own where the pay goes.</summary>
    private static async Task PrepareWorkerAsync(OperatorWorld world)
    {
        await File.WriteAllTextAsync(world.PathOf("worker.conf"), $$"""
            node { name = w, data-folder = "{{world.PathOf("w")}}" }
            log.level = warning
            worker { payout-statement = "{{world.PathOf("statement.json")}}", operators.local { seeds = ["127.0.0.1:{{world.Port}}"], key = "{{world.OperatorKey}}" } }
            engine { kind = test, test.answer-tokens = 240 }
            """);
        (await CommandLine.RunAsync("worker", "owner", "ask", "--config", world.PathOf("worker.conf"), "--out", world.PathOf("request.json"))).Succeeded();
        (await CommandLine.RunAsync("key", "new", "owner", "--folder", world.PathOf("owner"))).Succeeded();
        (await CommandLine.RunAsync(
            "worker", "owner", "sign", world.PathOf("request.json"), "--key", world.PathOf("owner/owner.key"),
            "--address", world.Payer.ToString(bounceable: false), "--out", world.PathOf("statement.json"))).Succeeded();
        Directory.Delete(world.PathOf("owner"), recursive: true);
    }

    /// <summary>Three jobs, and the payout that they make.</summary>
    private static async Task WorkAsync(OperatorWorld world, NetworkJobClient client, int payouts)
    {
        // A new worker dials at once; one whose proxy went away waits longer each time.
        using CocoonProcess worker = CocoonProcess.Start(world.PathOf("."), "worker", "--config", "worker.conf");
        await world.UntilAsync(() => IsServedAsync(client), served => served);
        for (int job = 0; job < JobsPerPayout; job++)
        {
            ReadJob read = new(client, JobRequest.Chat("cocoon-test", "Hello", stream: true) with { MaxOutputTokens = 240 });
            Assert.Equal(Cost, (await read.Result).Cost.Value);
        }

        await world.UntilAsync(() => world.PayoutsAsync("--state", "paid"), paid => paid.Length == payouts);
        await world.UntilAsync(world.StatusAsync, status => (string)status["state"]! == "Idle");
        Assert.Equal(0, await worker.TerminateAsync());
    }

    /// <summary>The lost time's request paid nobody; its batch paid what is owed again, which the proxy itself points at.</summary>
    private static async Task ExplainAsync(OperatorWorld world)
    {
        JsonObject request = (await UnexplainedAsync(world, _ => true))!;
        (await world.ProxyAsync("payouts", "explain", (string)request["transaction"]!, "--memo", "restored")).Succeeded();
        JsonObject batch = (await UnexplainedAsync(world, found => found["candidates"]!.AsArray().Count > 0))!;
        Assert.NotEqual((string)request["transaction"]!, (string)batch["transaction"]!);
        string candidate = $"{Assert.Single(batch["candidates"]!.AsArray())}";
        (await world.ProxyAsync("payouts", "explain", (string)batch["transaction"]!, "--payouts", candidate, "--memo", "restored")).Succeeded();
        await world.UntilAsync(world.StatusAsync, status => (string)status["state"]! == "Idle");
        Assert.Equal(2, (await world.PayoutsAsync("--state", "paid")).Length);
    }

    private static async Task<JsonObject?> UnexplainedAsync(OperatorWorld world, Func<JsonObject, bool> condition) => (await world.UntilAsync(
        world.StatusAsync, status => status["unexplained"] is JsonObject found && condition(found)))["unexplained"]!.AsObject();

    private static async Task AssertPaidOnceEachAsync(OperatorWorld world)
    {
        using ToncenterClient chain = world.Chain.Open();
        AccountHistory history = await AccountHistory.ReadAsync(chain, world.Payer, known: null);
        long[] came = [.. history.Transactions.Select(one => (long)Assert.IsType<InternalMessageInfo>(one.InMessage!.Value.Message.Info).Value.Coins.Nano)];
        Assert.Equal([PaidEachTime, PaidEachTime, PaidEachTime], came);
        await world.UntilAsync(() => world.ProxyAsync("ledger", "reconcile"), report => report.Code == 0);
        (await CommandLine.RunAsync("ledger", "verify", "--file", world.LedgerFile)).Succeeded();
    }

    private static Task<CommandOutput> RecoverAsync(OperatorWorld world, params string[] more) =>
        world.ProxyAsync(["ledger", "recover", "--receipts", world.PathOf("w/earnings"), .. more]);

    private static async Task<JobFailure?> FailureAsync(NetworkJobClient client)
    {
        try
        {
            await client.GetBalanceAsync(TestContext.Current.CancellationToken);
            return null;
        }
        catch (JobException refused)
        {
            return refused.Failure;
        }
    }

    private static async Task<bool> IsServedAsync(NetworkJobClient client)
    {
        try
        {
            return (await client.GetModelsAsync(TestContext.Current.CancellationToken)).Any(model => model.Workers > 0);
        }
        catch (JobException)
        {
            return false;
        }
    }

    /// <summary>A client that still holds the receipts of the lost time.</summary>
    private static NetworkJobClient Connect(OperatorWorld world, Ed25519Signer key, ReceiptFolder receipts)
    {
        Assert.True(Bytes32.TryParseHex(world.OperatorKey, out Bytes32 found));
        return NetworkJobClient.Connect(new NetworkClientOptions
        {
            Scope = new Scope(NetworkId.Of("cocoon-local"), new PublicKey(found)),
            Account = key,
            Verifier = new Ed25519Verifier(),
            Nodes = [("127.0.0.1", world.Port)],
            CeilingHeadroom = new NanoTon(100 * NanoTon.PerTon),
            Receipts = receipts,
        });
    }
}
