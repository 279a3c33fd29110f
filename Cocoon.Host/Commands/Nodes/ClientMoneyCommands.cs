using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Client;
using Cocoon.Client.Network;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.Nodes;

/// <summary><c>cocoon client wallet|withdraw|withdrawals</c>: the account's money on the TON chain.</summary>
internal static class ClientMoneyCommands
{
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    /// <summary>Adds them to <c>cocoon client</c>.</summary>
    public static Command AddTo(Command client)
    {
        client.Subcommands.Add(Wallet());
        client.Subcommands.Add(Withdraw());
        client.Subcommands.Add(Withdrawals());
        return client;
    }

    private static Command Wallet()
    {
        Argument<string> address = new("address") { Description = "The wallet's address in its friendly form (UQ...)." };
        return Create("wallet", "Register the account's wallet: deposits from it are credited without a comment, withdrawals go there.", async (parsed, _, client, cancelled) =>
        {
            await client.RegisterWalletAsync(parsed.GetValue(address)!, cancelled);
            return new JsonObject { ["account"] = client.Account.ToString(), ["wallet"] = parsed.GetValue(address) };
        }, address);
    }

    private static Command Withdraw()
    {
        Argument<string> amount = new("amount") { Description = "TON, with at most nine decimals." };
        Option<string> to = new("--to") { Description = "The registered wallet.", Required = true };
        Option<long> number = new("--number") { Description = "Ask again for an earlier withdrawal whose answer was lost; it is paid once." };
        return Create("withdraw", "Take money out, to the registered wallet.", async (parsed, _, client, cancelled) =>
        {
            if (!NanoTon.TryParseTon(parsed.GetValue(amount), out NanoTon nano) || nano <= NanoTon.Zero)
                throw new WithdrawalException($"'{parsed.GetValue(amount)}' is not an amount of TON above zero with at most nine decimals, such as 1.5");
            long taken = await client.WithdrawAsync(nano, parsed.GetValue(to)!, parsed.GetValue(number), cancelled);
            return new JsonObject { ["number"] = taken, ["amountNanoTon"] = nano.Value, ["wallet"] = parsed.GetValue(to) };
        }, amount, to, number);
    }

    private static Command Withdrawals() => Create("withdrawals", "The account's withdrawals: pending, in flight, paid.", async (_, options, client, cancelled) =>
    {
        IReadOnlyList<WithdrawalInfo> found = await client.GetWithdrawalsAsync(cancelled);
        return new JsonObject { ["withdrawals"] = new JsonArray([.. found.Select(one => ToJson(one, options.Explorer))]) };
    });

    private static JsonObject ToJson(WithdrawalInfo one, string explorer) => new()
    {
        ["payout"] = one.Payout,
        ["amountNanoTon"] = one.Amount.Value,
        ["state"] = JsonNamingPolicy.KebabCaseLower.ConvertName(one.State.ToString()),
        ["wallet"] = one.Wallet,
        ["transaction"] = one.Transaction,
        ["paidAt"] = one.PaidAt is { } at ? AnswerPrinter.Date(at.ToUnixTimeSeconds()) : "",
        ["link"] = one.Transaction.Length > 0 ? TreasuryOptions.LinkOf(explorer, one.Transaction) : "",
    };

    private static Command Create(
        string name, string description, Func<ParseResult, ClientOptions, NetworkJobClient, CancellationToken, Task<JsonObject>> run, params Symbol[] symbols)
    {
        Command command = new Command(name, description) { Json, CommandSymbols.OperatorName }.With(symbols);
        ConfigurationArguments.AddTo(command);
        command.SetAction(async (parsed, cancelled) =>
        {
            ClientOptions? options = ConfigurationArguments.Load(parsed, ClientOptions.Read, Console.Error, "hocon/client.conf");
            if (options is null)
                return 2;
            await using AccountClient account = await AccountClient.OpenOnceAsync(options, parsed.GetValue(CommandSymbols.OperatorName), Console.Error, cancelled);
            AnswerPrinter.Print(await run(parsed, options, account.Client, cancelled), parsed.GetValue(Json));
            return 0;
        });
        return command;
    }
}
