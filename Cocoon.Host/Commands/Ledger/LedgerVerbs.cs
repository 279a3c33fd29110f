using System.CommandLine;
using Cocoon.Host.Commands.Payouts;
using Cocoon.Host.Configuration;
using Cocoon.Host.Storage;

namespace Cocoon.Host.Commands.Ledger;

/// <summary>The tree of <c>cocoon ledger</c>.</summary>
internal static class LedgerVerbs
{
    private static readonly Option<string?> File = new("--file")
    {
        Description = "The ledger's database file; by default that of the configuration (proxy.storage.file).",
    };

    private static readonly Option<string?> Key = new("--ledger-key")
    {
        Description = "The file with the ledger's HMAC key; by default ledger.key beside --file, or that of the configuration.",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    public static Command Create()
    {
        Command ledger = new("ledger", "Check, export, fund and recover the operator's ledger.");
        ledger.Subcommands.Add(Verify());
        ledger.Subcommands.Add(Export());
        ledger.Subcommands.Add(Credit());
        ledger.Subcommands.Add(LedgerRecover.Create());
        ledger.Subcommands.Add(Torture());
        foreach (Command command in LedgerTreasuryVerbs.Create())
            ledger.Subcommands.Add(command);
        return ledger;
    }

    private static Command Verify()
    {
        Command verify = new("verify", "Read every event from the first: hashes, MACs, snapshots, balances. Works beside a running proxy.") { File, Key, Json };
        ConfigurationArguments.AddTo(verify);
        verify.SetAction(parsed => Guarded(parsed, (file, key) => Task.FromResult(LedgerVerify.Run(file, LedgerKeyFile.Read(key), parsed.GetValue(Json)))));
        return verify;
    }

    private static Command Export()
    {
        Option<string> format = new("--format") { Description = "csv (a line for each posting) or jsonl (a line for each event).", DefaultValueFactory = _ => "csv" };
        format.AcceptOnlyFromAmong("csv", "jsonl");
        Option<string?> stream = new("--stream") { Description = "Only this stream: treasury, or shard/N; by default all." };
        Option<string?> output = new("--out") { Description = "The file to write; by default standard output." };
        Command export = new("export", "Write every event with its postings. Works beside a running proxy.") { File, Key, format, CommandSymbols.NoJson, stream, output };
        ConfigurationArguments.AddTo(export);
        export.SetAction(parsed => Guarded(parsed, async (file, key) =>
        {
            string? path = parsed.GetValue(output);
            await using TextWriter writer = path is null ? new StreamWriter(Console.OpenStandardOutput()) : new StreamWriter(path);
            bool jsonLines = string.Equals(parsed.GetValue(format), "jsonl", StringComparison.Ordinal);
            return LedgerExport.Run(file, LedgerKeyFile.Read(key), jsonLines, parsed.GetValue(stream), writer);
        }));
        return export;
    }

    private static Command Credit()
    {
        Argument<string> account = new("account") { Description = "The account: 64 hexadecimal digits." };
        Argument<string> amount = new("amount") { Description = "TON, with at most nine decimals." };
        Option<string> reference = new("--reference") { Description = "The account is credited once under the same reference.", DefaultValueFactory = _ => "" };
        Option<string> memo = new("--memo") { Description = "Why; kept in the journal.", DefaultValueFactory = _ => "" };
        Option<string?> network = new("--network") { Description = "Refuse another network's ledger; needed to create one." };
        Option<int> shards = new("--shards") { Description = "Shards of a ledger that is created.", DefaultValueFactory = _ => 256 };
        Command credit = new("credit", "Fund an account without a deposit. The proxy must be stopped.") { account, amount, reference, memo, network, shards, File, Key, Json };
        ConfigurationArguments.AddTo(credit);
        credit.SetAction(parsed => Guarded(parsed, (path, key) =>
        {
            SqliteOptions options = OptionsFor(path, parsed.GetValue(network), parsed.GetValue(shards));
            return LedgerCredit.RunAsync(
                options, LedgerKeyFile.ReadOrCreate(key, path), parsed.GetValue(account)!, parsed.GetValue(amount)!,
                parsed.GetValue(reference)!, parsed.GetValue(memo)!, parsed.GetValue(Json));
        }));
        return credit;
    }

    private static Command Torture()
    {
        Option<int> seed = new("--seed") { DefaultValueFactory = _ => 1 };
        Command torture = new("torture", "Load for the kill test: prints each acknowledged event.") { File, Key, seed };
        torture.Hidden = true;
        ConfigurationArguments.AddTo(torture);
        torture.SetAction((parsed, cancelled) => Guarded(parsed, (path, key) =>
            LedgerTorture.RunAsync(path, LedgerKeyFile.ReadOrCreate(key, path), parsed.GetValue(seed), cancelled)));
        return torture;
    }

    private static SqliteOptions OptionsFor(string path, string? network, int shards)
    {
        if (!System.IO.File.Exists(path))
        {
            if (network is null)
                throw new StorageException($"there is no ledger at {path}; check the path, or name the network to create one (--network)");
            return new SqliteOptions(path, network, shards);
        }

        using LedgerInspection known = LedgerInspection.Open(path);
        return new SqliteOptions(path, network ?? known.Network, known.Shards);
    }

    /// <summary>Runs on the ledger that is meant. 2: it could not be read at all.</summary>
    private static async Task<int> Guarded(ParseResult parsed, Func<string, string, Task<int>> work)
    {
        string? file = parsed.GetValue(File);
        string? key = parsed.GetValue(Key) ?? (file is null ? null : Path.Combine(Path.GetDirectoryName(file) ?? "", "ledger.key"));
        if (file is null || key is null)
        {
            if (ConfigurationArguments.Load(parsed, ProxyOptions.Read, Console.Error, "hocon/proxy.conf") is not { } options)
                return CommandRun.Misused;
            (file, key) = (options.StorageFile, key ?? options.LedgerKeyFile);
        }

        try
        {
            return await work(file, key);
        }
        catch (Exception exception) when (exception is StorageException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"cocoon ledger {parsed.CommandResult.Command.Name}: {exception.Message}");
            return CommandRun.Misused;
        }
    }
}
