using System.Text.Json.Nodes;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Host.Storage;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Spectre.Console;

namespace Cocoon.Host.Commands.Ledger;

/// <summary><c>cocoon ledger credit</c>: the operator vouches for money that did not come over the chain.</summary>
internal static class LedgerCredit
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    public static async Task<int> RunAsync(
        SqliteOptions file, LedgerKey key, string account, string amount, string reference, string memo, bool json)
    {
        if (!Bytes32.TryParseHex(account, out Bytes32 id))
            throw new StorageException($"'{account}' is not an account: that is 64 hexadecimal digits, the SHA-256 of its key");
        if (!NanoTon.TryParseTon(amount, out NanoTon nano) || nano <= NanoTon.Zero)
            throw new StorageException($"'{amount}' is not an amount of TON above zero with at most nine decimals, such as 1.5");
        AccountId who = new(id);
        await using LedgerProcess process = await LedgerProcess.OpenAsync(file, key, new LedgerOptions(default(Scope)));
        BalanceAnswer before = await process.AnswerAsync(
            process.Ledger.Of(who).AskAsync<BalanceAnswer>(reply => new QueryBalance(who, reply), Deadline));
        LedgerAnswer answer = await process.AnswerAsync(
            process.Ledger.Of(who).AskAsync<LedgerAnswer>(reply => new Credit(who, nano, reference, memo, reply), Deadline));
        if (answer.Refusal != LedgerRefusal.None)
        {
            Console.Error.WriteLine($"not credited: {answer.Text}");
            return 1;
        }

        BalanceAnswer balance = await process.AnswerAsync(
            process.Ledger.Of(who).AskAsync<BalanceAnswer>(reply => new QueryBalance(who, reply), Deadline));
        // Nobody else writes meanwhile: the process owns the file.
        bool isNew = balance.Head.Sequence > before.Head.Sequence;
        if (json)
            Console.WriteLine(ToJson(who, isNew, balance).ToJsonString());
        else if (isNew)
            AnsiConsole.MarkupLineInterpolated($"credited; account {who} has [green]{balance.Balance}[/] ({balance.Head})");
        else
            AnsiConsole.MarkupLineInterpolated($"nothing changed, reference '{reference}' was credited before; account {who} has [green]{balance.Balance}[/] ({balance.Head})");
        return 0;
    }

    private static JsonObject ToJson(AccountId account, bool isNew, BalanceAnswer balance) => new()
    {
        ["account"] = account.ToString(),
        ["credited"] = isNew,
        ["balanceNanoTon"] = balance.Balance.Value,
        ["stream"] = balance.Head.Stream.ToString(),
        ["sequence"] = balance.Head.Sequence,
        ["chain"] = balance.Head.Chain.ToString(),
    };
}
