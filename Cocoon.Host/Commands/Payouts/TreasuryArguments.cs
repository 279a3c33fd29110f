using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Host.Storage;
using Cocoon.Host.Treasury;

namespace Cocoon.Host.Commands.Payouts;

/// <summary>What the commands about the treasury share: the proxy's configuration, answers, and errors a person can act on.</summary>
internal static class TreasuryArguments
{
    internal static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    /// <summary>A command that reads the proxy's configuration.</summary>
    public static Command Command(
        string name, string description, Func<ParseResult, ProxyOptions, CancellationToken, Task<int>> run, params Symbol[] symbols) =>
        CommandOfItsOwnForm(name, description, run, [Json, .. symbols]);

    /// <summary>A command that reads the proxy's configuration, and whose answer is not the one object of <c>--json</c>.</summary>
    public static Command CommandOfItsOwnForm(
        string name, string description, Func<ParseResult, ProxyOptions, CancellationToken, Task<int>> run, params Symbol[] symbols)
    {
        Command command = new Command(name, description).With(symbols);
        ConfigurationArguments.AddTo(command);
        command.SetAction(async (parsed, cancelled) =>
        {
            ProxyOptions? options = ConfigurationArguments.Load(parsed, ProxyOptions.Read, Console.Error, "hocon/proxy.conf");
            return options is null ? CommandRun.Misused : await GuardAsync(parsed, () => run(parsed, options, cancelled));
        });
        return command;
    }

    /// <summary>A command that is a decision for the treasury, sent to the running proxy or into the ledger of a stopped one.</summary>
    public static Command Decision(string name, string description, Func<ParseResult, JsonObject> request, Func<ParseResult, string> done, params Symbol[] symbols) =>
        Command(
            name,
            description,
            async (parsed, options, cancelled) =>
            {
                JsonObject answer = await TreasuryDesk.DoAsync(options, request(parsed), cancelled);
                bool isDone = (bool?)answer["ok"] == true;
                if (parsed.GetValue(Json))
                    Console.WriteLine(answer.ToJsonString());
                else if (isDone)
                    Console.WriteLine(done(parsed));
                else
                    await Console.Error.WriteLineAsync($"{CommandRun.NameOf(parsed)}: not done: {answer["error"]}");
                return isDone ? 0 : 1;
            },
            symbols);

    /// <summary>The treasury's stream as it is on the disk; works beside a running proxy. Throws <see cref="StorageException"/>.</summary>
    public static TreasuryJournal ReadJournal(ProxyOptions options) =>
        TreasuryJournal.Read(options.StorageFile, LedgerKeyFile.Read(options.LedgerKeyFile));

    private static async Task<int> GuardAsync(ParseResult parsed, Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception fault) when (fault is StorageException or KeyFileException or IOException or UnauthorizedAccessException
            or Actors.Ports.TreasuryUnavailableException or Actors.Ports.TreasuryContradictionException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{CommandRun.NameOf(parsed)}: {fault.Message}");
            return CommandRun.Misused;
        }
    }
}
