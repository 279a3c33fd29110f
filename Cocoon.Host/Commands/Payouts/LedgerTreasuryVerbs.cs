using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ports;
using Cocoon.Host.Configuration;
using Cocoon.Host.Treasury;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.Payouts;

/// <summary>The commands of <c>cocoon ledger</c> that concern the chain.</summary>
internal static class LedgerTreasuryVerbs
{
    private static readonly Argument<string> Transaction = new("transaction") { Description = "The deposit's transaction, 64 hexadecimal digits." };
    private static readonly Option<string> Memo = new("--memo") { Description = "Why; kept in the journal.", DefaultValueFactory = _ => "" };

    public static IEnumerable<Command> Create() => [Reconcile(), Suspense(), WithdrawCommission()];

    private static Command Reconcile() => TreasuryArguments.Command(
        "reconcile",
        "Compare the journal with the wallets' own transactions: balances, fees, every payout and deposit. Works beside a running proxy.",
        ReconcileAsync);

    private static Command Suspense()
    {
        Option<string?> account = new("--account") { Description = "The account it belongs to, 64 hexadecimal digits." };
        Option<bool> ours = new("--operator") { Description = "It is the operator's own money." };
        return new Command("suspense", "Deposits that belong to nobody yet.")
        {
            TreasuryArguments.Command("list", "List them, the oldest first. Works beside a running proxy.", ListSuspense),
            TreasuryArguments.Decision(
                "assign",
                "Say whose a deposit is.",
                parsed => parsed.GetValue(account) is null != parsed.GetValue(ours)
                    ? throw new IOException("name either --account or --operator, not both")
                    : new JsonObject
                    {
                        ["do"] = "assign",
                        ["transaction"] = parsed.GetValue(Transaction),
                        ["account"] = parsed.GetValue(account),
                        ["memo"] = parsed.GetValue(Memo),
                    },
                parsed => $"the deposit is {(parsed.GetValue(account) is { } whose ? $"account {whose}'s" : "the operator's")}",
                Transaction, account, ours, Memo),
            TreasuryArguments.Decision(
                "refund",
                "Send a deposit back to its sender.",
                parsed => new JsonObject { ["do"] = "refund", ["transaction"] = parsed.GetValue(Transaction) },
                _ => "it goes back with the next batch",
                Transaction),
        };
    }

    private static Command WithdrawCommission()
    {
        Option<string> to = new("--to") { Description = "The operator's own address in its friendly form.", Required = true };
        Option<string?> amount = new("--amount") { Description = "TON; all that is free when not given." };
        Option<string> reference = new("--reference") { Description = "The same reference is paid once.", DefaultValueFactory = _ => "" };
        return TreasuryArguments.Decision(
            "withdraw-commission",
            "Take commission out that is not needed to cover what the chain cost.",
            parsed => new JsonObject
            {
                ["do"] = "commission",
                ["to"] = parsed.GetValue(to),
                ["amount"] = parsed.GetValue(amount),
                ["reference"] = parsed.GetValue(reference),
            },
            _ => "it leaves with the next batch: see 'cocoon payouts list'",
            to, amount, reference);
    }

    private static async Task<int> ReconcileAsync(ParseResult parsed, ProxyOptions options, CancellationToken cancelled)
    {
        using TreasuryRuntime runtime = TreasuryDesk.Open(options);

        // The journal first: a reading that is newer holds everything that the journal can have booked.
        TreasuryJournal journal = TreasuryArguments.ReadJournal(options);
        List<WalletReading> readings = [];
        for (int wallet = 0; wallet < runtime.Chain.Wallets.Count; wallet++)
            readings.Add(await runtime.Chain.ReadAsync(wallet, after: null, cancelled));
        ReconcileReport report = Reconciliation.Compare(journal, runtime.Chain.Wallets, readings);
        if (parsed.GetValue(TreasuryArguments.Json))
            Console.WriteLine(report.ToJson().ToJsonString());
        else
            report.Write(Console.Out);
        return report.Agrees ? 0 : 1;
    }

    private static Task<int> ListSuspense(ParseResult parsed, ProxyOptions options, CancellationToken cancelled)
    {
        TreasuryJournal journal = TreasuryArguments.ReadJournal(options);
        JsonObject[] found = [.. journal.Treasury.Suspense.Values.OrderBy(deposit => deposit.LogicalTime).Select(ToJson)];
        if (parsed.GetValue(TreasuryArguments.Json))
        {
            Console.WriteLine(new JsonObject { ["suspense"] = new JsonArray([.. found]) }.ToJsonString());
            return Task.FromResult(0);
        }

        foreach (JsonObject deposit in found)
            Console.WriteLine($"{deposit["transaction"]}  {AnswerPrinter.TextOf("amountNanoTon", deposit["amountNanoTon"])}  from {deposit["sender"]}  {deposit["reason"]}  {deposit["comment"]}");
        if (found.Length == 0)
            Console.WriteLine("nothing is in suspense");
        return Task.FromResult(0);
    }

    private static JsonObject ToJson(DepositSeen deposit) => new()
    {
        ["transaction"] = Convert.ToHexStringLower(deposit.Transaction.Span),
        ["amountNanoTon"] = deposit.Amount,
        ["sender"] = WalletAddress.TryRead(deposit.Sender.Span, out WalletAddress sender) ? sender.ToString() : "",
        ["reason"] = deposit.Reason.ToString(),

        // A stranger wrote it: nothing of it may reach a terminal as an escape sequence.
        ["comment"] = string.Concat(deposit.Comment.Select(letter => char.IsControl(letter) ? ' ' : letter)),
        ["at"] = deposit.Cursor is { } cursor ? AnswerPrinter.Date(cursor.TimeUnixS) : "",
    };
}
