using System.Text.Json.Nodes;
using Cocoon.Actors.Ledger;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Host.Keys;
using Cocoon.Host.Treasury;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Network;
using Cocoon.Tests.Storage;
using Cocoon.Tests.Ton.Chain;
using Cocoon.Tests.Wire;
using Cocoon.Ton;

namespace Cocoon.Tests.Host.Operator;

/// <summary>
/// What an operator has: a proxy as a process of its own on a local chain, its wallets, and the command line. Made by the commands that the
/// documentation names. One for all tests of a class; the first that needs it starts it.
/// </summary>
public sealed class OperatorWorld : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ReservedPort port = new();
    private readonly SemaphoreSlim starting = new(1, 1);
    private SandboxProcess? sandbox;
    private CocoonProcess? proxy;

    internal int Port => port.Port;

    internal SandboxProcess Chain => sandbox!;

    internal Address Treasury { get; private set; } = null!;

    /// <summary>A wallet of somebody else.</summary>
    internal Address Payer { get; private set; } = null!;

    internal string OperatorKey { get; private set; } = "";

    internal string LedgerFile => folder.File("p/cocoon.db");

    internal string ProxyOutput => proxy?.Output ?? "the proxy is stopped";

    /// <summary>Settings beyond the usual, before the start.</summary>
    internal string Settings { get; set; } = "";

    internal string PathOf(string name) => folder.File(name);

    internal async Task StartAsync()
    {
        await starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (sandbox is not null)
                return;
            SandboxProcess started = await TonSandbox.StartAsync(new SandboxOptions { BlockTime = TimeSpan.FromMilliseconds(60) });
            sandbox = started;
            Treasury = await WalletAsync("treasury", "HighloadV3");
            Payer = await WalletAsync("payer", "V5R1");
            await File.WriteAllTextAsync(PathOf("proxy.conf"), $$"""
                node { name = p, data-folder = "{{PathOf("p")}}" }
                log.level = warning
                proxy { listen = ["127.0.0.1:{{Port}}"], shards = 4 }
                treasury {
                  enabled = true
                  wallet-files = ["{{PathOf("wallets/treasury.wallet")}}"]
                  endpoints.sandbox { url = "{{started.Uri}}", requests-per-second = 1000 }
                  deposits.scan-period = 150ms
                  sweep { period = 100ms, threshold = 0.000001 TON }
                  payouts { gather-period = 0s, attempt-period = 150ms, fee-limit = 0.1 TON }
                }
                {{Settings}}
                """);
            await StartProxyAsync();
            OperatorKey = ProxyOutput.Split("key = \"")[1][..64];
            await File.WriteAllTextAsync(PathOf("client.conf"), $$"""
                node.data-folder = "{{PathOf("c")}}"
                client.operators.local { seeds = ["127.0.0.1:{{Port}}"], key = "{{OperatorKey}}", ceiling = 100 TON }
                """);
        }
        finally
        {
            starting.Release();
        }
    }

    internal async Task StartProxyAsync()
    {
        Directory.CreateDirectory(PathOf("p"));
        proxy = CocoonProcess.Start(folder.Path, "proxy", "--config", "proxy.conf");
        await proxy.WaitForAsync("operators.NAME");
    }

    internal async Task StopProxyAsync()
    {
        Assert.Equal(0, await proxy!.TerminateAsync());
        proxy.Dispose();
        proxy = null;
    }

    /// <summary>A command of the operator.</summary>
    internal Task<CommandOutput> ProxyAsync(params string[] arguments) => CommandLine.RunAsync([.. arguments, "--config", PathOf("proxy.conf")]);

    /// <summary>A command of the client: the account's.</summary>
    internal Task<CommandOutput> ClientAsync(params string[] arguments) => CommandLine.RunAsync(["client", .. arguments, "--config", PathOf("client.conf")]);

    internal Task DepositAsync(string amount, string? comment = null) => Chain.FaucetAsync(Treasury, Coins.Parse(amount), comment);

    internal async Task<JsonObject> StatusAsync() => (await ProxyAsync("payouts", "status", "--json")).Succeeded().Json;

    internal async Task<JsonObject[]> PayoutsAsync(params string[] options) =>
        ListOf((await ProxyAsync(["payouts", "list", "--json", .. options])).Succeeded().Json, "payouts");

    internal async Task<JsonObject[]> SuspenseAsync() => ListOf((await ProxyAsync("ledger", "suspense", "list", "--json")).Succeeded().Json, "suspense");

    internal static JsonObject[] ListOf(JsonObject answer, string name) => [.. answer[name]!.AsArray().Select(one => one!.AsObject())];

    /// <summary>Asks again until it is so; the proxy's output says why it never was.</summary>
    internal async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> condition)
    {
        T found = await look();
        await Waiting.UntilAsync(
            async () => condition(found = await look()),
            () => $"last seen: {found}\n{ProxyOutput}");
        return found;
    }

    /// <summary>What an account has, as the ledger's file says beside the running proxy.</summary>
    internal NanoTon BalanceOf(AccountId account)
    {
        using LedgerInspection ledger = LedgerInspection.Open(LedgerFile);
        LedgerAudit audit = new(ledger.Reader, LedgerKeyFile.Read(folder.File("p/ledger.key")));
        return audit.Read(StreamId.OfShard(account.Shard(4))).State.BalanceOf(Book.OfClient(account));
    }

    public async ValueTask DisposeAsync()
    {
        proxy?.Dispose();
        if (sandbox is not null)
            await sandbox.DisposeAsync();
        starting.Dispose();
        port.Dispose();
        folder.Dispose();
    }

    private async Task<Address> WalletAsync(string name, string kind)
    {
        (await CommandLine.RunAsync(
            "wallet", "new", name, "--wallet", kind, "--folder", PathOf("wallets"), "--words-to", PathOf(name + ".words"), "--json")).Succeeded();
        return WalletFile.Load(PathOf($"wallets/{name}.wallet")).Contract.Address;
    }
}
