using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Cocoon.Host.Configuration;
using Cocoon.Host.Gateway;
using Cocoon.Host.Status;
using Cocoon.Protocol.Money;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace Cocoon.Host.Commands.Demo;

/// <summary><c>cocoon demo</c>: a whole network in one process that translates a few sentences, and shows who was paid what for it.</summary>
internal static class DemoCommand
{
    private static readonly string[] Sentences =
    [
        "You have a new message.",
        "The message could not be sent.",
        "Save all changes before closing.",
        "Do you really want to delete this file?",
    ];

    private static readonly NanoTon Funds = new(5 * NanoTon.PerTon);

    public static Command Create()
    {
        Option<bool> once = new("--once") { Description = "Do the work, then exit instead of staying up." };
        Option<bool> json = new("--json") { Description = "Print one JSON object at the end, and nothing else on standard output." };
        Option<string> model = new("--model") { Description = "The GGUF file to serve.", DefaultValueFactory = _ => DefaultModel() };
        Option<int> port = new("--port") { Description = "The gateway's port on 127.0.0.1; 0 takes a free one.", DefaultValueFactory = _ => 0 };
        Command command = new("demo", "Run a proxy, two workers and a gateway in one process, and translate a few sentences.") { once, json, model, port };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(model)!, parsed.GetValue(port), parsed.GetValue(once), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string model, int port, bool once, bool json, CancellationToken cancellationToken)
    {
        if (!File.Exists(model))
        {
            Console.Error.WriteLine($"{model} is not a file: run from the repository's root, or name a GGUF file with --model");
            return 2;
        }

        if (!once)
            RequireFree(port);
        long start = Stopwatch.GetTimestamp();
        if (!json)
            AnsiConsole.MarkupLine("Starting a proxy, two workers and a client, with TLS between them ...");
        (DemoTreasury? chain, string problem) = await DemoChain.StartAsync(cancellationToken);
        await using DemoTreasury? treasury = chain;
        await using DemoNetwork network = await DemoNetwork.StartAsync(model, Funds, treasury, NullLogger.Instance, cancellationToken);
        if (!json)
            AnsiConsole.MarkupLineInterpolated($"Up after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s{(treasury is null ? $"; the account has {Funds}" : "")}. Model: {network.Model}\n");
        DemoDeposit? deposit = await DemoChain.DepositAsync(treasury, network, Funds, problem, json, cancellationToken);
        IReadOnlyList<DemoJob> jobs = await DemoJobs.RunAsync(network, Sentences, json ? null : AnsiConsole.Console, cancellationToken);
        DemoPayouts? payouts = await DemoChain.PayAsync(treasury, network, jobs, json, cancellationToken);
        IReadOnlyList<string> problems = await AuditAsync(network, jobs, cancellationToken);
        if (json)
            Console.WriteLine(ToJson(network, jobs, problems, DemoChain.ToJson(deposit, payouts, problem)).ToJsonString());
        else
            Show(payouts, problems);
        if (!once)
            await StayUpAsync(network, port, json, cancellationToken);
        return problems.Count == 0 && payouts?.IsExact != false && jobs.All(job => job.Result.Receipt?.Verified == true) ? 0 : 1;
    }

    /// <summary>What is wrong in the ledger; the balance that the jobs were shown with is the ledger's own in the end.</summary>
    private static async Task<IReadOnlyList<string>> AuditAsync(DemoNetwork network, IReadOnlyList<DemoJob> jobs, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> problems = await network.Proxy.AuditAsync();
        NanoTon left = (await network.Client.GetBalanceAsync(cancellationToken)).Available;
        return left == jobs[^1].Balance ? problems : [.. problems, $"the account has {left}, by its receipts it should have {jobs[^1].Balance}"];
    }

    private static void Show(DemoPayouts? payouts, IReadOnlyList<string> problems)
    {
        payouts?.Show();
        if (problems.Count == 0)
            AnsiConsole.MarkupLine("[green]The ledger was read again from its first event: every hash and MAC is right, and the books balance.[/]");
        foreach (string problem in problems)
            AnsiConsole.MarkupLineInterpolated($"[red]{problem}[/]");
    }

    private static JsonObject ToJson(DemoNetwork network, IReadOnlyList<DemoJob> jobs, IReadOnlyList<string> problems, JsonObject chain) => new()
    {
        ["model"] = network.Model,
        ["operator"] = network.Proxy.Setup.Operator.PublicKey.ToString(),
        ["account"] = network.Client.Account.ToString(),
        ["jobs"] = new JsonArray([.. jobs.Select(job => job.ToJson())]),
        ["chain"] = chain,
        ["ledger"] = new JsonObject
        {
            ["balanced"] = problems.Count == 0,
            ["problems"] = new JsonArray([.. problems.Select(problem => (JsonNode)problem)]),
        },
    };

    private static async Task StayUpAsync(DemoNetwork network, int port, bool json, CancellationToken cancellationToken)
    {
        GatewayOptions options = GatewayOptions.ForLocalUse(new HostPort("127.0.0.1", port));
        await using GatewayServer gateway =
            await GatewayServer.StartAsync(options, network.Proxy.Setup.Network, network.Client, TimeProvider.System, NullLoggerFactory.Instance, cancellationToken);
        await using StatusServer? status = StatusServer.TryStart(
            network.Folder, "proxy", async () => NodeStatus.OfProxy("demo", network.Proxy, await network.Proxy.SurveyAsync()), NullLogger.Instance);
        if (!json)
        {
            AnsiConsole.MarkupLineInterpolated($"\nThe gateway speaks the OpenAI protocol at [bold]{gateway.Url}v1[/]. Try:\n");
            Console.WriteLine($$"""  curl -N {{gateway.Url}}v1/chat/completions -H 'Content-Type: application/json' -d '{"model":"{{network.Model}}","temperature":0,"stream":true,"messages":[{"role":"user","content":"The file could not be opened."}]}'""");
            Console.WriteLine($"""

                  cocoon translate "The file could not be opened." --gateway {gateway.Url}
                  cocoon chat --gateway {gateway.Url}
                  cocoon status {network.Folder}
                  cocoon receipt verify {network.ReceiptsFolder} --operator {network.Proxy.Setup.Operator.PublicKey}
                """);
            AnsiConsole.MarkupLine("\nCtrl-C stops it.");
        }

        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            if (!json)
                Console.WriteLine("Stopping ...");
        }
    }

    /// <summary>The gateway comes last: a port that it cannot have is told before anything is done.</summary>
    private static void RequireFree(int port)
    {
        if (port is < 0 or > 65_535)
            throw new ConfigurationException([$"--port is {port}: it must be from 0 to 65535, 0 for a free one"]);
        try
        {
            using TcpListener probe = new(IPAddress.Loopback, port);
            probe.Start();
        }
        catch (SocketException taken)
        {
            throw new IOException($"--port is {port}: {taken.Message}; choose another, or 0 for a free one", taken);
        }
    }

    /// <summary>The model beside the sources: looked for from the working folder and from the program's own folder upward.</summary>
    private static string DefaultModel()
    {
        const string file = "models/cocoon-tiny-en-fr-q8_0.gguf";
        foreach (string start in (string[])[Environment.CurrentDirectory, AppContext.BaseDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string path = Path.Combine(folder.FullName, file);
                if (File.Exists(path))
                    return path;
            }
        }

        return file;
    }
}
