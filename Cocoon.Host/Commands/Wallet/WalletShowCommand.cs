using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Host.Keys;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;

namespace Cocoon.Host.Commands.Wallet;

/// <summary><c>cocoon wallet show</c> and <c>balance</c>: no key is opened.</summary>
internal static class WalletShowCommand
{
    public static Command CreateShow()
    {
        Command command = new("show", "Show a wallet's address and public key.") { WalletCommand.Name, WalletCommand.Folder, WalletCommand.Json };
        command.SetAction((parsed, _) => WalletCommand.GuardAsync(parsed, () =>
        {
            string path = WalletCommand.PathOf(parsed);
            AnswerPrinter.Print(WalletCommand.Describe(path, WalletFile.Load(path)), parsed.GetValue(WalletCommand.Json));
            return Task.FromResult(0);
        }));
        return command;
    }

    public static Command CreateBalance()
    {
        Command command = new("balance", "Ask the chain what a wallet holds.") { WalletCommand.Name, WalletCommand.Folder, WalletCommand.Json };
        foreach (Option option in WalletCommand.ChainOptions)
            command.Options.Add(option);
        command.SetAction((parsed, cancellation) => WalletCommand.GuardAsync(parsed, async () =>
        {
            string path = WalletCommand.PathOf(parsed);
            WalletFile wallet = WalletFile.Load(path);
            using ToncenterClient chain = WalletCommand.OpenChain(parsed, wallet.Network);
            AccountSnapshot account = await chain.GetAccountAsync(wallet.Contract.Address, cancellation);
            JsonObject answer = WalletCommand.Describe(path, wallet);
            answer["balanceNanoTon"] = (long)account.Balance.Nano;
            answer["state"] = account.Status.ToString().ToLowerInvariant();
            answer["at"] = AnswerPrinter.Date(account.ChainTime);
            AnswerPrinter.Print(answer, parsed.GetValue(WalletCommand.Json));
            return 0;
        }));
        return command;
    }
}
