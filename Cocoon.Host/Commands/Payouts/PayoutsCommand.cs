using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ledger;
using Cocoon.Host.Configuration;
using Cocoon.Host.Treasury;
using Spectre.Console;

namespace Cocoon.Host.Commands.Payouts;

/// <summary><c>cocoon payouts</c>: what was and will be paid over the chain.</summary>
internal static class PayoutsCommand
{
    private static readonly Option<string?> State = new("--state") { Description = "Only waiting, in-flight, paid, returned or reopened ones." };
    private static readonly Option<int> Limit = new("--limit") { Description = "The newest so many.", DefaultValueFactory = _ => 50 };
    private static readonly Option<string?> For = new("--for") { Description = "Only those of this worker or account (hexadecimal; its beginning is enough)." };
    private static readonly Argument<long> Number = new("payout") { Description = "The payout's number." };

    private static readonly Option<long[]> Numbers = new("--payouts")
    {
        Description = "Waiting payouts that the transaction paid, so that they are not paid again.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private static readonly Argument<string> Transaction = new("transaction") { Description = "The transaction's hash, 64 hexadecimal digits." };
    private static readonly Option<string> Memo = new("--memo") { Description = "Why; kept in the journal.", DefaultValueFactory = _ => "" };
    private static readonly Option<string> Format = new("--format") { Description = "csv or jsonl.", DefaultValueFactory = _ => "csv" };
    private static readonly Option<string?> Output = new("--out") { Description = "The file to write; by default standard output." };

    static PayoutsCommand()
    {
        State.AcceptOnlyFromAmong("waiting", "in-flight", "paid", "returned", "reopened");
        Format.AcceptOnlyFromAmong("csv", "jsonl");
    }

    public static Command Create() => new("payouts", "Show, explain and retry what the treasury pays over the TON chain.")
    {
        TreasuryArguments.Command("status", "How the treasury stands now: wallets, what waits, the batch under way, and why.", StatusAsync),
        TreasuryArguments.Command("list", "Payouts, the newest first. Works beside a running proxy.", List, State, For, Limit),
        TreasuryArguments.Command("show", "One payout with its transaction, message, fee and link. Works beside a running proxy.", Show, Number),
        TreasuryArguments.CommandOfItsOwnForm("export", "All payouts as CSV or JSON lines. Works beside a running proxy.", ExportAsync, Format, CommandSymbols.NoJson, Output),
        Retry(),
        TreasuryArguments.Decision(
            "explain",
            "Explain the wallet transaction at which payouts stopped: coins sent by hand, or a batch that a restored ledger has forgotten.",
            parsed => new JsonObject
            {
                ["do"] = "explain",
                ["transaction"] = parsed.GetValue(Transaction),
                ["payouts"] = new JsonArray([.. parsed.GetValue(Numbers)!.Select(number => (JsonNode)number)]),
                ["memo"] = parsed.GetValue(Memo),
            },
            _ => "booked; payouts go on",
            Transaction, Numbers, Memo),
    };

    private static Command Retry()
    {
        Argument<long?> which = new("payout") { Description = "A payout that came back: its money returns to its owner's book and is paid again. None: go on after batches that failed.", Arity = ArgumentArity.ZeroOrOne };
        return TreasuryArguments.Decision(
            "retry",
            "Go on after batches that failed or a trouble you have looked at; with a number, give a payout that came back another try.",
            parsed => parsed.GetValue(which) is { } number
                ? new JsonObject { ["do"] = "reopen", ["payout"] = number, ["memo"] = parsed.GetValue(Memo) }
                : new JsonObject { ["do"] = "retry" },
            parsed => parsed.GetValue(which) is { } number ? $"payout {number}: its money is back in its owner's book" : "payouts are tried again now",
            which, Memo);
    }

    private static async Task<int> StatusAsync(ParseResult parsed, ProxyOptions options, CancellationToken cancelled)
    {
        JsonObject status = await TreasuryDesk.DoAsync(options, new JsonObject { ["do"] = "treasury" }, cancelled);
        AnswerPrinter.Print(status, parsed.GetValue(TreasuryArguments.Json));
        return (bool?)status["ok"] == true ? 0 : 1;
    }

    private static Task<int> List(ParseResult parsed, ProxyOptions options, CancellationToken cancelled)
    {
        TreasuryJournal journal = TreasuryArguments.ReadJournal(options);
        PayoutLedger payouts = new(journal, options.Treasury.Explorer);
        string? state = parsed.GetValue(State);
        string? of = parsed.GetValue(For);
        PayoutEntry[] found = [.. payouts.Entries
            .Where(entry => state is null || string.Equals(entry.State, state, StringComparison.Ordinal))
            .Where(entry => of is null || entry.Beneficiary.StartsWith(of, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(entry => entry.Number)
            .Take(Math.Max(1, parsed.GetValue(Limit)))];
        if (parsed.GetValue(TreasuryArguments.Json))
            Console.WriteLine(new JsonObject { ["payouts"] = new JsonArray([.. found.Select(entry => entry.ToJson())]) }.ToJsonString());
        else
            Write(found, journal.Treasury);
        return Task.FromResult(0);
    }

    private static void Write(PayoutEntry[] found, TreasuryState treasury)
    {
        IAnsiConsole console = Screen.Of(Console.Out);
        bool wide = console.Profile.Width >= Screen.WideFrom;
        Table table = wide
            ? Screen.Table("payout", "for", "amount TON", "to", "state", "paid at", "transaction", "fee TON")
            : Screen.Table("payout", "for", "amount TON", "to", "state");
        foreach (PayoutEntry entry in found)
        {
            string number = entry.Number.ToString(CultureInfo.InvariantCulture);
            string[] cells = [number, $"{entry.Kind} {Short(entry.Beneficiary)}".TrimEnd(), Screen.Coins(entry.Amount), Short(entry.Destination), entry.State];
            string[] more = wide ? [entry.PaidAt, Short(entry.Transaction), entry.Fee is { } fee ? Screen.Coins(fee) : ""] : [];
            table.AddRow([.. cells, .. more]);
        }

        if (found.Length > 0)
            console.Write(table);
        int waiting = treasury.Payouts.Values.Count(payout => payout.Standing == PayoutStanding.Waiting);
        console.WriteLine($"payouts waiting {waiting}, batches under way {treasury.Attempts.Count}, deposits in suspense {treasury.Suspense.Count}; paid so far {treasury.Paid}, fees {treasury.Fees}");
    }

    private static string Short(string hash) => hash.Length > 12 ? hash[..8] + ".." : hash;

    private static Task<int> Show(ParseResult parsed, ProxyOptions options, CancellationToken cancelled)
    {
        PayoutLedger payouts = new(TreasuryArguments.ReadJournal(options), options.Treasury.Explorer);
        long number = parsed.GetValue(Number);
        if (payouts.Entries.FirstOrDefault(entry => entry.Number == number) is not { } found)
        {
            Console.Error.WriteLine($"cocoon payouts show: there is no payout {number}: 'cocoon payouts list' has those that there are");
            return Task.FromResult(1);
        }

        AnswerPrinter.Print(found.ToJson(), parsed.GetValue(TreasuryArguments.Json));
        return Task.FromResult(0);
    }

    private static async Task<int> ExportAsync(ParseResult parsed, ProxyOptions options, CancellationToken cancelled)
    {
        PayoutLedger payouts = new(TreasuryArguments.ReadJournal(options), options.Treasury.Explorer);
        string? path = parsed.GetValue(Output);
        await using TextWriter writer = path is null ? new StreamWriter(Console.OpenStandardOutput()) : new StreamWriter(path);
        bool jsonLines = string.Equals(parsed.GetValue(Format), "jsonl", StringComparison.Ordinal);
        if (!jsonLines)
            await writer.WriteLineAsync(PayoutEntry.CsvHead);
        foreach (PayoutEntry entry in payouts.Entries)
            await writer.WriteLineAsync(jsonLines ? entry.ToJson().ToJsonString() : entry.ToCsv());
        return 0;
    }
}
