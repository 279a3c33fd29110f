using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Host.Status;
using Cocoon.Host.Treasury;
using Spectre.Console;

namespace Cocoon.Host.Commands;

/// <summary><c>cocoon status</c>: one screen of the nodes that run on this machine.</summary>
internal static class StatusCommand
{
    private const int FoldersDeep = 4;
    private static readonly string[] Roles = ["proxy", "worker", "client"];

    public static Command Create()
    {
        Argument<string> folder = new("folder")
        {
            Description = "A data folder, or one that holds several.",
            DefaultValueFactory = _ => "data",
        };
        Option<bool> once = new("--once") { Description = "Print once instead of following." };
        Option<bool> json = new("--json") { Description = "Print one JSON object and exit." };
        Option<double> every = new("--every") { Description = "Seconds between two looks.", DefaultValueFactory = _ => 1 };
        Command command = new("status", "How the nodes of this machine stand: links, models, slots, queues, speeds, balances, journal heads.") { folder, once, json, every };
        command.SetAction((parsed, cancelled) =>
        {
            string path = parsed.GetValue(folder)!;
            TimeSpan wait = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(every), 0.1, 3600));
            bool single = parsed.GetValue(once) || Console.IsOutputRedirected;
            return RunAsync(path, parsed.GetValue(json), single, wait, Console.Out, cancelled);
        });
        return command;
    }

    internal static async Task<int> RunAsync(string folder, bool json, bool once, TimeSpan every, TextWriter output, CancellationToken cancelled)
    {
        IReadOnlyList<JsonObject> nodes = await AskAllAsync(folder, cancelled);
        if (json)
        {
            await output.WriteLineAsync(new JsonObject { ["nodes"] = new JsonArray([.. nodes]) }.ToJsonString());
            return nodes.Count > 0 ? 0 : 1;
        }

        if (nodes.Count == 0)
        {
            await Console.Error.WriteLineAsync($"cocoon status: no node runs with its data under {Path.GetFullPath(folder)}: name the data folder, as node.data-folder does");
            return 1;
        }

        IAnsiConsole console = Screen.Of(output);
        if (once)
        {
            console.Write(StatusScreen.Of(nodes, console.Profile.Width));
            return 0;
        }

        try
        {
            await console.Live(StatusScreen.Of(nodes, console.Profile.Width)).Cropping(VerticalOverflowCropping.Bottom).StartAsync(async live =>
            {
                while (true)
                {
                    await Task.Delay(every, cancelled);
                    live.UpdateTarget(StatusScreen.Of(await AskAllAsync(folder, cancelled), console.Profile.Width));
                }
            });
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is the way to leave.
        }

        return 0;
    }

    private static async Task<IReadOnlyList<JsonObject>> AskAllAsync(string folder, CancellationToken cancelled)
    {
        List<JsonObject> nodes = [];
        if (!Directory.Exists(folder))
            return nodes;
        EnumerationOptions deep = new() { RecurseSubdirectories = true, MaxRecursionDepth = FoldersDeep, IgnoreInaccessible = true };
        foreach (string path in Directory.EnumerateFileSystemEntries(folder, "*" + StatusServer.Extension, deep).Order(StringComparer.Ordinal))
        {
            // It waits for a request, and tells nobody how the node stands.
            if (Path.GetFileName(path) == ControlSocket.FileName)
                continue;
            if (await StatusServer.AskAsync(path, cancelled) is { } node)
                nodes.Add(node);
        }

        // The proxy first: where a terminal is too low for all, it is what an operator looks for.
        return [.. nodes.OrderBy(node => Array.IndexOf(Roles, (string?)node["role"]))];
    }
}
