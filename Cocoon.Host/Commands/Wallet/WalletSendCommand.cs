using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.Host.Keys;
using Cocoon.Host.Treasury;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Chain.Toncenter;
using Cocoon.Ton.Crypto;
using Spectre.Console;

namespace Cocoon.Host.Commands.Wallet;

/// <summary><c>cocoon wallet send</c> and <c>deploy</c>.</summary>
internal static class WalletSendCommand
{
    public static Command CreateSend()
    {
        Option<string> to = new("--to") { Description = "The receiver's address in its friendly form.", Required = true };
        Option<string> amount = new("--amount") { Description = "TON, such as 1.5.", Required = true };
        Option<string?> comment = new("--comment") { Description = "Text that goes with the coins, for everybody to read." };
        Option<bool> yes = new("--yes") { Description = "Do not ask." };
        Command command = Chained(new Command("send", "Send TON and wait until the chain shows it.")
        {
            WalletCommand.Name, to, amount, comment, yes, WalletCommand.Folder, WalletCommand.Json,
        });
        command.SetAction((parsed, cancellation) => WalletCommand.GuardAsync(parsed, () => RunAsync(parsed, async sender =>
        {
            FriendlyAddress receiver = Address.ParseFriendly(parsed.GetValue(to)!);
            Coins coins = Coins.Parse(parsed.GetValue(amount)!);
            if (!parsed.GetValue(yes))
                Confirm($"Send {coins} TON to {receiver}?");
            return await sender.SendAsync(receiver, coins, parsed.GetValue(comment), cancellation);
        })));
        return command;
    }

    public static Command CreateDeploy()
    {
        Command command = Chained(new Command("deploy", "Deploy a wallet's contract; it needs some coins for that.")
        {
            WalletCommand.Name, WalletCommand.Folder, WalletCommand.Json,
        });
        command.SetAction((parsed, cancellation) => WalletCommand.GuardAsync(parsed, () => RunAsync(parsed, sender => sender.DeployAsync(cancellation))));
        return command;
    }

    private static Command Chained(Command command)
    {
        foreach (Option option in WalletCommand.PassphraseOptions.Concat(WalletCommand.ChainOptions))
            command.Options.Add(option);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, Func<WalletSender, Task<Transaction>> action)
    {
        string path = WalletCommand.PathOf(parsed);
        WalletFile wallet = WalletFile.Load(path);
        await using FileStream held = OpenWallet.Hold(path);
        using Ed25519PrivateKey key = wallet.OpenKey(path, WalletCommand.Passphrase(parsed).Read);
        using ToncenterClient chain = WalletCommand.OpenChain(parsed, wallet.Network);
        Transaction done = await action(new WalletSender(chain, wallet, key, TimeProvider.System));
        AnswerPrinter.Print(
            new JsonObject
            {
                ["transaction"] = done.Hash.ToString(),
                ["lt"] = done.Lt.ToString(CultureInfo.InvariantCulture),
                ["messages"] = done.OutMessages.Count,
                ["feesNanoTon"] = (long)done.TotalFees.Coins.Nano,
                ["failed"] = done.Description.Aborted,
            },
            parsed.GetValue(WalletCommand.Json));
        return done.Description.Aborted ? 1 : 0;
    }

    private static void Confirm(string question)
    {
        if (Console.IsInputRedirected)
            throw new WalletSendException("there is no terminal to ask whether to send: use --yes");
        if (!AnsiConsole.Confirm(Markup.Escape(question), defaultValue: false))
            throw new WalletSendException("nothing was sent");
    }
}
