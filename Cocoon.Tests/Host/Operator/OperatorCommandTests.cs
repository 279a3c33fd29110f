using System.Text.Json.Nodes;
using Cocoon.Host.Treasury;
using Cocoon.Protocol.Identity;
using Cocoon.Ton;

namespace Cocoon.Tests.Host.Operator;

/// <summary>The operator's and the client's commands about money as they type them, on a running proxy with a chain, mistakes included.</summary>
public sealed class OperatorCommandTests(OperatorWorld world) : IClassFixture<OperatorWorld>
{
    private static readonly string Nowhere = new('0', 64);

    [Fact]
    public async Task Suspense_is_listed_assigned_and_sent_back()
    {
        await world.StartAsync();
        AccountId anna = new(Ledger.LedgerSamples.Identity("anna"));
        await world.DepositAsync("2.01", "for Anna");
        await world.DepositAsync("1.02");
        await world.DepositAsync("4.03", "\u001b[31mcolour");
        await world.UntilAsync(world.SuspenseAsync, found => Find(found, 2_010_000_000) && Find(found, 1_020_000_000) && Find(found, 4_030_000_000));
        JsonObject[] deposits = await world.SuspenseAsync();
        string mine = Of(deposits, 2_010_000_000), ours = Of(deposits, 1_020_000_000), theirs = Of(deposits, 4_030_000_000);
        string table = (await world.ProxyAsync("ledger", "suspense", "list")).Succeeded().Text;
        Assert.Contains("for Anna", table, StringComparison.Ordinal);
        Assert.Contains("UnknownAccount", table, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', table);

        (await world.ProxyAsync("ledger", "suspense", "assign", mine)).Refused(2, "name either --account or --operator");
        (await world.ProxyAsync("ledger", "suspense", "assign", mine, "--operator", "--account", anna.ToString())).Refused(2, "not both");
        (await world.ProxyAsync("ledger", "suspense", "assign", "abc", "--operator")).Refused(1, "64 hexadecimal digits");
        (await world.ProxyAsync("ledger", "suspense", "assign", mine, "--account", "zz")).Refused(1, "'zz' is no account");
        (await world.ProxyAsync("ledger", "suspense", "assign", Nowhere, "--operator")).Refused(1, "not done: no deposit with transaction");
        CommandOutput asObject = await world.ProxyAsync("ledger", "suspense", "refund", Nowhere, "--json");
        Assert.Equal((1, false), (asObject.Code, (bool)asObject.Json["ok"]!));

        CommandOutput assigned = await world.ProxyAsync("ledger", "suspense", "assign", mine, "--account", anna.ToString(), "--memo", "wrote to us");
        Assert.Contains($"account {anna}'s", assigned.Succeeded().Text, StringComparison.Ordinal);
        await world.UntilAsync(() => Task.FromResult(world.BalanceOf(anna).Value), balance => balance == 2_010_000_000);
        Assert.Contains("the operator's", (await world.ProxyAsync("ledger", "suspense", "assign", ours, "--operator")).Succeeded().Text, StringComparison.Ordinal);
        (await world.ProxyAsync("ledger", "suspense", "refund", theirs)).Succeeded();
        JsonObject refund = await PaidAsync("refund", 4_030_000_000);
        (await world.ProxyAsync("ledger", "suspense", "refund", theirs)).Refused(1, "no deposit");
        JsonObject shown = (await world.ProxyAsync("payouts", "show", $"{refund["payout"]}", "--json")).Succeeded().Json;
        Assert.Equal(theirs, (string?)shown["beneficiary"]);
        Assert.EndsWith((string)shown["transaction"]!, (string)shown["link"]!, StringComparison.Ordinal);
        Assert.True((long)shown["feeNanoTon"]! > 0);
        Assert.DoesNotContain(await world.SuspenseAsync(), one => new[] { mine, ours, theirs }.Contains((string)one["transaction"]!));
    }

    [Fact]
    public async Task A_client_registers_its_wallet_and_takes_money_out_once()
    {
        await world.StartAsync();
        string wallet = world.Payer.ToString(bounceable: false);
        (await world.ClientAsync("withdraw", "0.5", "--to", wallet)).Refused(1, "cocoon client withdraw:");
        (await world.ClientAsync("wallet", "UQ-nonsense")).Refused(1, "cocoon client wallet:");
        (await world.ClientAsync("wallet", world.Payer.ToString(bounceable: false, testOnly: true))).Refused(1, "test networks only");
        string account = (string)(await world.ClientAsync("wallet", wallet, "--json")).Succeeded().Json["account"]!;
        await world.DepositAsync("3", $"cocoon:{account}");
        Assert.True(Bytes32.TryParseHex(account, out Bytes32 id));
        await world.UntilAsync(() => Task.FromResult(world.BalanceOf(new AccountId(id)).Value), balance => balance == 3_000_000_000);

        (await world.ClientAsync("withdraw", "0", "--to", wallet)).Refused(1, "not an amount of TON above zero");
        (await world.ClientAsync("withdraw", "much", "--to", wallet)).Refused(1, "at most nine decimals");
        (await world.ClientAsync("withdraw", "100", "--to", wallet)).Refused(1, "cocoon client withdraw:");
        (await world.ClientAsync("withdraw", "1", "--to", world.Treasury.ToString(bounceable: false))).Refused(1, "cocoon client withdraw:");
        (await world.ClientAsync("withdraw", "1")).Refused(2, "--to");
        Assert.Equal(2, (await CommandLine.RunAsync("client", "withdrawals", "--config", world.PathOf("none.conf"))).Code);

        JsonObject taken = (await world.ClientAsync("withdraw", "0.5", "--to", wallet, "--json")).Succeeded().Json;
        JsonObject again = (await world.ClientAsync("withdraw", "0.5", "--to", wallet, "--number", $"{taken["number"]}", "--json")).Succeeded().Json;
        Assert.Equal((long)taken["number"]!, (long)again["number"]!);
        JsonObject[] found = await world.UntilAsync(
            async () => OperatorWorld.ListOf((await world.ClientAsync("withdrawals", "--json")).Succeeded().Json, "withdrawals"),
            list => list.Any(one => (string)one["state"]! == "paid"));
        JsonObject paid = Assert.Single(found);
        Assert.Equal((500_000_000, wallet, 64), ((long)paid["amountNanoTon"]!, (string)paid["wallet"]!, ((string)paid["transaction"]!).Length));
        Assert.Contains((string)paid["transaction"]!, (string)paid["link"]!, StringComparison.Ordinal);
        Assert.Contains("paid", (await world.ClientAsync("withdrawals")).Succeeded().Text, StringComparison.Ordinal);
        Assert.Equal(2_500_000_000, world.BalanceOf(new AccountId(id)).Value);
        Assert.Single(await world.PayoutsAsync("--for", account[..20]));
    }

    [Fact]
    public async Task Commission_is_taken_out_once_and_what_came_back_is_given_back()
    {
        await world.StartAsync();
        await world.DepositAsync("6.5", "cocoon:operator");
        await world.UntilAsync(world.StatusAsync, status => (long)status["commissionNanoTon"]! >= 6_000_000_000);
        string wallet = world.Payer.ToString(bounceable: false);
        (await TakeAsync("nowhere", "1")).Refused(1, "is not a TON address in its friendly form");
        (await TakeAsync(wallet, "much")).Refused(1, "'much' is not an amount of TON above zero");
        (await TakeAsync(wallet, "1000")).Refused(1, "of the commission is free");
        (await TakeAsync(wallet, "0.001")).Refused(1, "at least 0.05 TON is sent");
        (await TakeAsync(world.Payer.ToString(bounceable: false, testOnly: true), "1")).Refused(1, "test networks only");

        // Nothing is deployed there, and the address says that it bounces: the coins come back.
        string empty = new Address(0, Ledger.LedgerSamples.Identity("nobody").ToBits256()).ToString(bounceable: true);
        (await TakeAsync(empty, "1.25", "--reference", "march")).Succeeded();
        (await TakeAsync(empty, "1.25", "--reference", "march")).Succeeded();
        JsonObject[] returned = await world.UntilAsync(() => world.PayoutsAsync("--state", "returned"), found => found.Length > 0);
        string number = $"{Assert.Single(returned)["payout"]}";
        Assert.Equal(1_250_000_000, (long)returned[0]["amountNanoTon"]!);
        long before = (long)(await world.StatusAsync())["commissionNanoTon"]!;
        Assert.Contains($"payout {number}: its money is back", (await world.ProxyAsync("payouts", "retry", number, "--memo", "wrong address")).Succeeded().Text, StringComparison.Ordinal);
        Assert.True((long)(await world.StatusAsync())["commissionNanoTon"]! > before + 1_200_000_000);
        (await world.ProxyAsync("payouts", "retry", number)).Refused(1, "neither came back nor waits");
        (await world.ProxyAsync("payouts", "retry", "99999")).Refused(1, "neither came back nor waits");
        Assert.Contains("tried again now", (await world.ProxyAsync("payouts", "retry")).Succeeded().Text, StringComparison.Ordinal);
        (await world.ProxyAsync("payouts", "explain", Nowhere)).Refused(1, "payouts did not stop at transaction");

        (await TakeAsync(wallet, "2.125", "--reference", "april")).Succeeded();
        await PaidAsync("commission", 2_125_000_000);
        await AssertListsAgreeAsync();

        // What payouts do is on the status screen too.
        JsonObject node = (await CommandLine.RunAsync("status", world.PathOf("p"), "--json")).Succeeded().Json["nodes"]![0]!.AsObject();
        Assert.NotEqual("", (string)node["treasury"]!["state"]!);
        Assert.Contains("payouts", (await CommandLine.RunAsync("status", world.PathOf("p"), "--once")).Succeeded().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decisions_wait_for_a_stopped_proxy_and_coins_sent_by_hand_are_explained()
    {
        await world.StartAsync();
        await world.DepositAsync("5", "cocoon:operator");
        await world.UntilAsync(world.StatusAsync, status => (string)status["state"]! == "Idle" && (long)status["commissionNanoTon"]! >= 4_500_000_000);
        string[] send =
        [
            "wallet", "send", "treasury", "--folder", world.PathOf("wallets"), "--to", world.Payer.ToString(bounceable: false),
            "--amount", "0.75", "--yes", "--endpoint", world.Chain.Uri.ToString(),
        ];
        (await CommandLine.RunAsync(send)).Refused(1, "another process uses the wallet");
        (await world.ProxyAsync("ledger", "withdraw-commission")).Refused(2, "--to");
        (await CreditAsync("while it runs")).Refused(2, "in use by another process");
        await world.StopProxyAsync();

        (await world.ProxyAsync("payouts", "retry")).Refused(1, "the proxy does not run");
        (await world.ProxyAsync("ledger", "suspense", "refund", Nowhere)).Refused(1, "no deposit with transaction");
        (await CreditAsync("by hand")).Succeeded();
        (await TakeAsync(world.Payer.ToString(bounceable: false), "1.375", "--reference", "while it stood still")).Succeeded();
        Assert.Contains(await world.PayoutsAsync("--state", "waiting"), one => (long)one["amountNanoTon"]! == 1_375_000_000);
        (await CommandLine.RunAsync("ledger", "verify", "--file", world.LedgerFile)).Succeeded();
        (await CommandLine.RunAsync(send)).Succeeded();

        // What is booked agrees; what is not yet is counted.
        JsonObject behind = (await world.ProxyAsync("ledger", "reconcile", "--json")).Succeeded().Json;
        Assert.True((int)behind["wallets"]![0]!["notBooked"]! > 0);

        await world.StartProxyAsync();
        JsonObject stopped = await world.UntilAsync(world.StatusAsync, status => (string)status["state"]! == "Unexplained");
        Assert.Contains("cocoon payouts explain", (string)stopped["text"]!, StringComparison.Ordinal);
        Assert.Empty(stopped["unexplained"]!["candidates"]!.AsArray());
        (await world.ProxyAsync("payouts", "explain", Nowhere)).Refused(1, "payouts did not stop at transaction");
        while ((await world.StatusAsync())["unexplained"] is JsonObject found)
        {
            CommandOutput explained = await world.ProxyAsync("payouts", "explain", (string)found["transaction"]!, "--memo", "hosting");
            Assert.Contains("payouts go on", explained.Succeeded().Text, StringComparison.Ordinal);
            await world.UntilAsync(world.StatusAsync, status => (string)status["state"]! != "Starting");
        }

        await PaidAsync("commission", 1_375_000_000);
        await world.UntilAsync(world.StatusAsync, status => (string)status["state"]! == "Idle");
        CommandOutput agrees = await world.UntilAsync(() => world.ProxyAsync("ledger", "reconcile"), report => report.Code == 0);
        Assert.Contains("journal and chain agree", agrees.Text, StringComparison.Ordinal);
        Assert.True((bool)(await world.ProxyAsync("ledger", "reconcile", "--json")).Succeeded().Json["agrees"]!);
        JsonObject verified = (await CommandLine.RunAsync("ledger", "verify", "--file", world.LedgerFile, "--json")).Succeeded().Json;
        Assert.True((bool)verified["balanced"]!);
    }

    private Task<CommandOutput> TakeAsync(string to, string amount, params string[] more) =>
        world.ProxyAsync(["ledger", "withdraw-commission", "--to", to, "--amount", amount, .. more]);

    private Task<CommandOutput> CreditAsync(string reference) => CommandLine.RunAsync(
        "ledger", "credit", Ledger.LedgerSamples.Account(9).ToString(), "1.5", "--file", world.LedgerFile, "--reference", reference);

    private async Task<JsonObject> PaidAsync(string kind, long amount)
    {
        bool IsIt(JsonObject one) => (string)one["kind"]! == kind && (long)one["amountNanoTon"]! == amount;
        return (await world.UntilAsync(() => world.PayoutsAsync("--state", "paid"), found => found.Any(IsIt))).Single(IsIt);
    }

    /// <summary>The list, its table, the export in both forms and a single payout say the same.</summary>
    private async Task AssertListsAgreeAsync()
    {
        await world.UntilAsync(world.StatusAsync, status => (string)status["state"]! == "Idle" && (int)status["waiting"]! == 0);
        JsonObject[] all = await world.PayoutsAsync();
        string csv = world.PathOf("payouts.csv"), lines = world.PathOf("payouts.jsonl");
        (await world.ProxyAsync("payouts", "export", "--out", csv)).Succeeded();
        (await world.ProxyAsync("payouts", "export", "--format", "jsonl", "--out", lines)).Succeeded();
        string[] rows = await File.ReadAllLinesAsync(csv, TestContext.Current.CancellationToken);
        Assert.Equal(all.Length + 1, rows.Length);
        Assert.Equal(all.Select(one => one.ToJsonString()).Reverse(), await File.ReadAllLinesAsync(lines, TestContext.Current.CancellationToken));
        Assert.All(all, one => Assert.Contains(rows, row => row.StartsWith($"{one["payout"]},{one["kind"]},", StringComparison.Ordinal)));
        string table = (await world.ProxyAsync("payouts", "list")).Succeeded().Text;
        Assert.Contains("commission", table, StringComparison.Ordinal);
        Assert.Contains("deposits in suspense", table, StringComparison.Ordinal);
        Assert.Single(await world.PayoutsAsync("--limit", "1"));
        (await world.ProxyAsync("payouts", "show", "99999")).Refused(1, "there is no payout 99999");
        (await world.ProxyAsync("payouts", "list", "--state", "lost")).Refused(2, "lost");
        (await world.ProxyAsync("payouts", "export", "--out", "/nowhere/at/all.csv")).Refused(2, "/nowhere/at");
        (await CommandLine.RunAsync("payouts", "status", "--config", world.PathOf("client.conf"))).Refused(2, "");
    }

    private static bool Find(JsonObject[] deposits, long amount) => deposits.Any(one => (long)one["amountNanoTon"]! == amount);

    private static string Of(JsonObject[] deposits, long amount) => (string)deposits.Single(one => (long)one["amountNanoTon"]! == amount)["transaction"]!;
}
