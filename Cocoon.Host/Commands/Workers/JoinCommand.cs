using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Client.Keys;
using Cocoon.Client.Receipts;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Spectre.Console;

namespace Cocoon.Host.Commands.Workers;

/// <summary>
/// <c>cocoon worker join</c>: asks a proxy node whose it is and what it pays, and writes the configuration with which a worker serves it.
/// </summary>
internal static class JoinCommand
{
    public static Command Create()
    {
        Argument<string> node = new("operator") { Description = "The address of any of the operator's nodes: node.example:7700." };
        Option<string?> key = new("--key") { Description = "The operator's public key, if you have it from elsewhere: another one is refused." };
        Option<string?> name = new("--name") { Description = "What to call the operator in the configuration; by default after its address." };
        Option<string> network = new("--network") { Description = "The network's name.", DefaultValueFactory = _ => "cocoon-local" };
        Option<string> file = new("--out") { Description = "The configuration file to write; an existing one gets the operator added.", DefaultValueFactory = _ => "worker.conf" };
        Option<string> data = new("--data") { Description = "The folder for the worker's key and earnings, in a new file.", DefaultValueFactory = _ => "data/worker" };
        Option<string?> payout = new("--payout-address") { Description = "Your TON address for payouts, in a new file." };
        Option<string?> upstream = new("--upstream") { Description = "Serve this server (vLLM, SGLang, llama-server, Ollama), in a new file: http://127.0.0.1:8000." };
        Option<string?> model = new("--model-file") { Description = "Serve this GGUF file in the worker itself, in a new file." };
        Option<int> coefficient = new("--coefficient") { Description = "Your price in thousandths of the operator's, in a new file.", DefaultValueFactory = _ => 1000 };
        Option<bool> json = new("--json") { Description = "Print one JSON object." };
        Command command = new("join", "Ask an operator who it is and what it pays, and write a worker's configuration for it.")
        {
            node, key, name, network, file, data, payout, upstream, model, coefficient, json,
        };
        command.SetAction(async (parsed, cancelled) =>
        {
            if (!HostPort.TryParse(parsed.GetValue(node)!, out HostPort address) || address.Port == 0)
                throw new IOException($"'{parsed.GetValue(node)}' is not an address: give host:port, such as node.example:7700");
            WorkerFile written = new(
                parsed.GetValue(file)!,
                parsed.GetValue(data)!,
                parsed.GetValue(network)!,
                parsed.GetValue(payout),
                parsed.GetValue(upstream),
                parsed.GetValue(model),
                parsed.GetValue(coefficient));
            written.Check();
            string? expected = parsed.GetValue(key);
            if (expected is not null && !Bytes32.TryParseHex(expected, out _))
                throw new ConfigurationException([$"--key is '{expected}': it must be the operator's public key, 64 hexadecimal digits"]);
            bool isNew = !File.Exists(written.Path);
            await RunAsync(address, expected, parsed.GetValue(name), written, parsed.GetValue(json), Console.Out, cancelled);
            string[] ignored = [.. ((Option[])[data, payout, upstream, model, coefficient]).Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
            if (!isNew && ignored.Length > 0)
                await Console.Error.WriteLineAsync($"{written.Path} was there before: {string.Join(", ", ignored)} changed nothing in it; edit it, or write another file with --out");
            return 0;
        });
        return command;
    }

    internal static async Task RunAsync(
        HostPort node, string? expected, string? name, WorkerFile file, bool json, TextWriter output, CancellationToken cancelled)
    {
        Ed25519Verifier verifier = new();
        PublicKey found = await OperatorProbe.IdentifyAsync(node, file.Network, verifier, cancelled);
        if (expected is not null && !string.Equals(expected, found.ToString(), StringComparison.OrdinalIgnoreCase))
            throw new IOException($"{node} belongs to operator {found}, not to {expected}: either the key is wrong, or somebody stands in between");
        Scope scope = new(NetworkId.Of(file.Network), found);
        string called = name ?? WorkerFile.NameOf(node);
        WorkerOptions options = file.Write(called, node, found);
        PrivateFiles.EnsureFolder(options.Node.DataFolder);
        using Ed25519Signer worker = NodeKeys.OpenOrCreate(options.KeyFile, KeyKind.Worker, json ? TextWriter.Null : output);
        PriceList prices = await OperatorProbe.PricesAsync(node, scope, worker, verifier, cancelled);
        if (json)
            output.WriteLine(ToJson(found, called, worker.PublicKey, file, options, prices).ToJsonString());
        else
            Show(Screen.Of(output), found, expected is not null, called, file, options, prices);
    }

    private static void Show(IAnsiConsole console, PublicKey found, bool compared, string name, WorkerFile file, WorkerOptions options, PriceList prices)
    {
        console.WriteLine($"operator    {found}");
        if (!compared)
            console.WriteLine("            taken from its own word: compare it with what the operator publishes, or give it with --key");
        console.WriteLine($"commission  {prices.CommissionBasisPoints / 100m:0.##} %");
        console.WriteLine();
        UsageClass[] classes = [.. prices.Models.SelectMany(model => model.Price).Select(price => (UsageClass)price.UsageClass).Distinct().Order()];
        console.WriteLine("what you earn, in TON per million tokens:");
        Table table = Screen.Table(["model", .. classes.Select(SavedReceipt.NameOf), "workers", "slots", "jobs"]);
        foreach (ModelPrice model in prices.Models)
        {
            IEnumerable<string> earned = classes.Select(one => model.Price.FirstOrDefault(price => (UsageClass)price.UsageClass == one) is { } price
                ? Screen.Coins(Earned(price, options.Coefficient, prices.CommissionBasisPoints))
                : "");
            string jobs = model.Waiting > 0 ? $"{model.Running}, {model.Waiting} wait" : $"{model.Running}";
            table.AddRow([.. ((string[])[model.Name.Length == 0 ? "any other" : model.Name, .. earned, $"{model.Workers}", $"{model.Slots}", jobs]).Select(cell => new Text(cell))]);
        }

        console.Write(table);
        console.WriteLine($"\nwrote operator '{name}' to {file.Path}. Start the worker with");
        console.WriteLine($"  cocoon worker --config {file.Path}");
        if (options.PayoutAddress is null)
            console.WriteLine("Set worker.payout-address there to be paid; until then what you earn is kept for you.");
    }

    private static JsonObject ToJson(PublicKey found, string name, PublicKey worker, WorkerFile file, WorkerOptions options, PriceList prices) => new()
    {
        ["operator"] = found.ToString(),
        ["name"] = name,
        ["worker"] = worker.ToString(),
        ["config"] = Path.GetFullPath(file.Path),
        ["coefficient"] = options.Coefficient,
        ["commissionBasisPoints"] = prices.CommissionBasisPoints,
        ["models"] = new JsonArray([.. prices.Models.Select(model =>
        {
            JsonObject earned = [];
            foreach (Price price in model.Price)
                earned[SavedReceipt.NameOf((UsageClass)price.UsageClass)] = Earned(price, options.Coefficient, prices.CommissionBasisPoints).Value;
            return (JsonNode)new JsonObject
            {
                ["model"] = model.Name.Length == 0 ? null : model.Name,
                ["earnedNanoTonPerMillion"] = earned,
                ["workers"] = model.Workers,
                ["slots"] = model.Slots,
                ["running"] = model.Running,
                ["waiting"] = model.Waiting,
            };
        })]),
    };

    private static NanoTon Earned(Price price, int coefficient, uint commissionBasisPoints)
    {
        NanoTon asked = new((long)((Int128)price.NanoTonPerMillion * coefficient / 1000));
        return asked - JobTerms.CommissionOf(asked, (int)commissionBasisPoints);
    }
}
