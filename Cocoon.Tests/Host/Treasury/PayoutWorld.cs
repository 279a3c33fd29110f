using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Client.Keys;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Host.Commands.Payouts;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Host.Storage;
using Cocoon.Host.Treasury;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Ledger;
using Cocoon.Ton;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Messages;
using StreamId = Cocoon.Protocol.StreamId;

namespace Cocoon.Tests.Host.Treasury;

/// <summary>A proxy's data folder with a treasury on a sandbox chain, and workers that have earned.</summary>
internal sealed class PayoutWorld : IDisposable
{
    private const int Shards = 8;
    private const string Network = "cocoon-test";
    private readonly string folder = Directory.CreateTempSubdirectory("cocoon-payouts").FullName;
    private readonly SandboxProcess sandbox;
    private readonly List<(Address Address, NanoTon Amount)> due = [];

    private PayoutWorld(SandboxProcess sandbox) => this.sandbox = sandbox;

    public Address Treasury { get; private set; } = null!;

    public NanoTon Total => new(due.Sum(one => one.Amount.Value));

    public string ConfigurationFile => Path.Combine(folder, "proxy.conf");

    private ProxyOptions Options => ProxyOptions.Read(CocoonConfiguration.Load(ConfigurationFile, [], new Dictionary<string, string>(StringComparer.Ordinal)).Tree);

    /// <summary>Makes keys, wallet and configuration, and a ledger in which each worker has earned its own sum.</summary>
    public static async Task<PayoutWorld> CreateAsync(SandboxProcess sandbox, int workers, int batch)
    {
        PayoutWorld world = new(sandbox);
        byte[] seed = SHA256.HashData("treasury"u8);
        WalletFile wallet = WalletFile.Create(WalletKind.HighloadV3, TonNetwork.Mainnet, 3_600, seed, null);
        wallet.Save(Path.Combine(world.folder, "treasury.wallet"));
        world.Treasury = wallet.Contract.Address;
        File.WriteAllText(world.ConfigurationFile, $$"""
            node { name = test, data-folder = "{{world.folder}}" }
            network.id = "{{Network}}"
            log.level = warning
            proxy { listen = ["127.0.0.1:0"], shards = {{Shards}} }
            treasury {
              enabled = true
              endpoints.sandbox { url = "{{sandbox.Uri}}", requests-per-second = 1000 }
              deposits.scan-period = 150ms
              sweep { period = 100ms, threshold = 0.01 TON }
              payouts { threshold = 0.1 TON, batch = {{batch}}, gather-period = 0s, attempt-period = 150ms, anchor-period = 1s, fee-limit = 0.1 TON }
            }
            """);
        await world.EarnAsync(workers);
        return world;
    }

    /// <summary>The program itself, as an operator runs it.</summary>
    public Process StartProxy()
    {
        ProcessStartInfo start = new("/bin/sh")
        {
            UseShellExecute = false,
            ArgumentList = { "-c", $"exec dotnet \"$0\" proxy --config \"$1\" >>\"$2\" 2>&1", Path.Combine(AppContext.BaseDirectory, "cocoon.dll"), ConfigurationFile, LogFile },
        };
        return Process.Start(start)!;
    }

    /// <summary>What the proxies said.</summary>
    public async Task<string> LogAsync() => File.Exists(LogFile) ? await File.ReadAllTextAsync(LogFile) : "no proxy said anything";

    private string LogFile => Path.Combine(folder, "proxy.log");

    public TreasuryJournal ReadJournal() => TreasuryJournal.Read(Options.StorageFile, LedgerKeyFile.Read(Options.LedgerKeyFile));

    public bool AllPaid()
    {
        SortedDictionary<long, Payout> payouts = ReadJournal().Treasury.Payouts;
        return payouts.Count == due.Count && payouts.Values.All(payout => payout.Standing == PayoutStanding.Paid);
    }

    /// <summary>The messages' values, not the balances: a new account pays rent at once.</summary>
    public async Task AssertEveryWalletGotItsSumAsync()
    {
        using ToncenterClient chain = sandbox.Open();
        foreach ((Address address, NanoTon amount) in due)
        {
            AccountHistory history = await AccountHistory.ReadAsync(chain, address, known: null);
            InternalMessageInfo[] came = [.. history.Transactions.Select(one => Assert.IsType<InternalMessageInfo>(one.InMessage!.Value.Message.Info))];
            Assert.All(came, info => Assert.Equal(Treasury, info.Source));
            Assert.Equal(amount.Value, came.Sum(info => info.Value.Coins.ToNanoTon().Value));
            Assert.Single(came);
        }
    }

    public async Task<ReconcileReport> ReconcileAsync()
    {
        using TreasuryRuntime runtime = TreasuryDesk.Open(Options);
        TreasuryJournal journal = ReadJournal();
        return Reconciliation.Compare(journal, runtime.Chain.Wallets, [await runtime.Chain.ReadAsync(0, after: null, default)]);
    }

    /// <summary>What is wrong with the whole ledger; empty when nothing is.</summary>
    public IReadOnlyList<string> Verify()
    {
        using LedgerInspection ledger = LedgerInspection.Open(Options.StorageFile);
        LedgerAudit audit = new(ledger.Reader, LedgerKeyFile.Read(Options.LedgerKeyFile));
        StreamAudit[] audits = [.. ledger.Streams.Select(audit.Read)];
        return [.. audits.Select(stream => stream.Problem).OfType<string>(), .. LedgerInvariants.CheckAll(audits.Select(stream => stream.State))];
    }

    /// <summary>The operator's commands, on the folder of a proxy that does not run.</summary>
    public async Task AssertCommandsShowItAsync(int payouts)
    {
        string file = Path.Combine(folder, "payouts.csv");
        Assert.Equal(0, await RunAsync("payouts", "export", "--out", file));
        string[] lines = await File.ReadAllLinesAsync(file);
        Assert.Equal(payouts + 1, lines.Length);
        Assert.All(lines.Skip(1), line => Assert.Contains(",paid,", line, StringComparison.Ordinal));
        Assert.Equal(0, await RunAsync("payouts", "list", "--limit", "3", "--state", "paid"));
        Assert.Equal(0, await RunAsync("payouts", "list", "--for", "00", "--json"));
        Assert.Equal(0, await RunAsync("payouts", "show", "1", "--json"));
        Assert.Equal(1, await RunAsync("payouts", "show", "1000000"));
        Assert.Equal(0, await RunAsync("payouts", "status", "--json"));
        Assert.Equal(1, await RunAsync("payouts", "retry"));
        Assert.Equal(1, await RunAsync("payouts", "retry", "1"));
        Assert.Equal(0, await RunAsync("ledger", "reconcile"));
        Assert.Equal(0, await RunAsync("ledger", "suspense", "list"));
        Assert.Equal(1, await RunAsync("ledger", "suspense", "refund", new string('0', 64)));
        Assert.Equal(2, await RunAsync("ledger", "suspense", "assign", new string('0', 64)));
        Assert.Equal(1, await RunAsync("ledger", "withdraw-commission", "--to", "nowhere"));
    }

    private Task<int> RunAsync(params string[] arguments) =>
        new RootCommand { PayoutsCommand.Create(), LedgerVerbs.Create() }.Parse([.. arguments, "--config", ConfigurationFile]).InvokeAsync();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task EarnAsync(int workers)
    {
        ProxyOptions options = Options;
        KeyFile operatorKey = KeyFile.Create(KeyKind.Operator, nowUnixSeconds: 1_760_000_000, passphrase: null);
        operatorKey.Save(options.OperatorKeyFile);
        Scope scope = TreasuryDesk.ScopeOf(options);
        using TreasuryRuntime runtime = TreasuryDesk.Open(options);
        LedgerOptions ledger = new(scope);
        await using LedgerProcess process = await LedgerProcess.OpenAsync(
            new SqliteOptions(options.StorageFile, Network, Shards),
            LedgerKeyFile.ReadOrCreate(options.LedgerKeyFile, options.StorageFile),
            ledger,
            createTreasury: (persistence, routes) => new PayoutActor(persistence, ledger, runtime.Payouts, routes, new Ed25519Verifier(), runtime.Chain));
        List<Task> decided = [];
        for (int number = 0; number < workers; number++)
            decided.Add(EarnAsync(process.Ledger, scope, number));
        await Task.WhenAll(decided);
    }

    private async Task EarnAsync(WholeLedger ledger, Scope scope, int number)
    {
        using Ed25519Signer key = new(SHA256.HashData(Encoding.UTF8.GetBytes($"worker {number}")));
        Bytes32 account = Bytes32.From(SHA256.HashData(Encoding.UTF8.GetBytes($"wallet {number}")));
        NanoTon amount = new(200_000_000 + (number * 1_001L));
        due.Add((new Address(0, account.ToBits256()), amount));
        AccountId payer = new(account);
        StreamId shard = new(number % Shards);
        ledger[shard].Tell(LedgerSamples.Earn(payer, number + 1, key.PublicKey, amount));
        PayoutAddress address = new(scope, key.PublicKey, key.PublicKey, Sequence: 1, Workchain: 0, account);
        SignedStatement signed = Statements.Sign(key, address.ToStatement());
        LedgerAnswer set = await ledger[StreamId.Treasury].AskAsync<LedgerAnswer>(
            reply => new SetPayoutAddress(key.PublicKey, signed.Statement.Memory, signed.Signature.Memory, reply), TimeSpan.FromMinutes(1));
        Assert.Equal(LedgerRefusal.None, set.Refusal);
        await ledger[shard].AskAsync<BalanceAnswer>(reply => new QueryBalance(payer, reply), TimeSpan.FromMinutes(1));
    }
}
