using System.CommandLine;
using Cocoon.Host.Commands;
using Cocoon.Host.Commands.Chat;
using Cocoon.Host.Commands.Demo;
using Cocoon.Host.Commands.Engine;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Host.Commands.Nodes;
using Cocoon.Host.Commands.Payouts;
using Cocoon.Host.Commands.Receipts;
using Cocoon.Host.Commands.Simulate;
using Cocoon.Host.Commands.Wallet;
using Spectre.Console;

namespace Cocoon.Host;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        ParseResult parsed = CreateRoot().Parse(args);
        InvocationConfiguration invocation = new();
        // In a conversation Ctrl-C is for the answer, and a node lets its jobs end first; everywhere else the program ends within 2 s.
        if (parsed.CommandResult.Command.Name is ChatCommand.Name or "proxy" or "worker" or "client")
            invocation.ProcessTerminationTimeout = null;
        AnsiConsole.Console = Screen.Of(Console.Out);
        bool json = parsed.Tokens.Any(token => token.Value == "--json");
        if (!json && Console.IsErrorRedirected)
            return await CommandRun.InvokeAsync(parsed, invocation);

        TextWriter terminal = Console.Error;
        RememberingWriter output = new(Console.Out);
        RememberingWriter error = new(terminal);
        Console.SetOut(output);
        Console.SetError(error);
        AnsiConsole.Console = Screen.Of(Console.Out);
        using WaitingLine? waiting = Console.IsErrorRedirected
            ? null
            : new WaitingLine($"{CommandRun.NameOf(parsed)}: working, Ctrl-C gives up ...", terminal, TimeProvider.System);
        output.BeforeFirst = error.BeforeFirst = () => waiting?.Dispose();
        int code = await CommandRun.InvokeAsync(parsed, invocation);
        if (json && code != 0 && output.Text.Length == 0)
            output.WriteLine(CommandRun.ErrorObject(error.Text).ToJsonString());
        return code;
    }

    /// <summary>Every command.</summary>
    internal static RootCommand CreateRoot()
    {
        RootCommand root = new("Cocoon: a confidential compute network. Clients pay per token, workers are paid in TON.");
        root.Subcommands.Add(DemoCommand.Create());
        root.Subcommands.Add(ProxyCommand.Create());
        root.Subcommands.Add(WorkerCommand.Create());
        root.Subcommands.Add(ClientMoneyCommands.AddTo(ClientCommand.Create()));
        root.Subcommands.Add(ChatCommand.Create());
        root.Subcommands.Add(TranslateCommand.Create());
        root.Subcommands.Add(StatusCommand.Create());
        root.Subcommands.Add(ReceiptCommand.Create());
        root.Subcommands.Add(LedgerVerbs.Create());
        root.Subcommands.Add(PayoutsCommand.Create());
        root.Subcommands.Add(KeyCommand.Create());
        root.Subcommands.Add(EngineCommand.Create());
        root.Subcommands.Add(SimulateCommand.Create());
        root.Subcommands.Add(WalletCommand.Create());
        return root;
    }
}
