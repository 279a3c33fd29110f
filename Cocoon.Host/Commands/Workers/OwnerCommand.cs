using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Client.Keys;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.Workers;

/// <summary>
/// <c>cocoon worker owner</c>: an owner's key that the worker's machine never sees says where pay goes. <c>ask</c> runs on the worker,
/// <c>sign</c> where the key is; two small files without secrets go between them.
/// </summary>
internal static class OwnerCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    public static Command Create() => new("owner", "Let an owner's key, kept on another machine, say where a worker's pay goes.") { Ask(), Sign() };

    private static Command Ask()
    {
        Option<string> output = new("--out") { Description = "The file to write and carry to the owner's machine.", DefaultValueFactory = _ => "payout-request.json" };
        Command command = new("ask", "On the worker: write what the owner has to sign.") { output, Json };
        ConfigurationArguments.AddTo(command);
        command.SetAction(async (parsed, cancelled) =>
        {
            WorkerOptions? options = ConfigurationArguments.Load(parsed, WorkerOptions.Read, Console.Error, "hocon/worker.conf");
            if (options is null)
                return CommandRun.Misused;
            OwnerRequest request = await RequestAsync(options, cancelled);
            string path = parsed.GetValue(output)!;
            await File.WriteAllTextAsync(path, request.ToJson().ToJsonString() + "\n", cancelled);
            AnswerPrinter.Print(
                new JsonObject
                {
                    ["file"] = Path.GetFullPath(path),
                    ["worker"] = request.Worker.ToString(),
                    ["operators"] = string.Join(", ", request.Operators.Select(one => $"{one.Name} {one.Key}")),
                },
                parsed.GetValue(Json));
            return 0;
        });
        return command;
    }

    private static Command Sign()
    {
        Argument<string> file = new("request") { Description = "The file that 'cocoon worker owner ask' wrote." };
        Option<string> key = new("--key") { Description = "The owner's key file (cocoon key new owner).", Required = true };
        Option<string> address = new("--address") { Description = "Your TON address in its friendly form (UQ...).", Required = true };
        Option<string> output = new("--out") { Description = "The file to write: worker.payout-statement.", DefaultValueFactory = _ => "payout-statement.json" };
        Option<bool> prompt = new("--passphrase") { Description = "Ask for the key's passphrase on the terminal." };
        Option<string?> passphraseFile = new("--passphrase-file") { Description = "Read the key's passphrase from a private file." };
        Option<int?> passphraseDescriptor = new("--passphrase-fd") { Description = "Read the key's passphrase from an open file descriptor." };
        Command command = new("sign", "On the owner's machine: sign where the pay goes. Needs no network.")
        {
            file, key, address, output, prompt, passphraseFile, passphraseDescriptor, Json,
        };
        command.SetAction(parsed =>
        {
            PassphraseSource passphrase = new(parsed.GetValue(passphraseFile), parsed.GetValue(passphraseDescriptor), parsed.GetValue(prompt));
            OwnerStatements signed = Sign(parsed.GetValue(file)!, parsed.GetValue(key)!, parsed.GetValue(address)!, passphrase);
            File.WriteAllText(parsed.GetValue(output)!, signed.ToJson().ToJsonString() + "\n");
            AnswerPrinter.Print(
                new JsonObject
                {
                    ["file"] = Path.GetFullPath(parsed.GetValue(output)!),
                    ["owner"] = signed.Owner.ToString(),
                    ["worker"] = signed.Worker.ToString(),
                    ["address"] = signed.Address.ToString(),
                    ["operators"] = signed.Statements.Count,
                },
                parsed.GetValue(Json));
            return 0;
        });
        return command;
    }

    private static async Task<OwnerRequest> RequestAsync(WorkerOptions options, CancellationToken cancelled)
    {
        if (options.Operators.Count == 0)
            throw new IOException("worker.operators names nobody: join an operator first with 'cocoon worker join'");
        PrivateFiles.EnsureFolder(options.Node.DataFolder);
        using Ed25519Signer worker = NodeKeys.OpenOrCreate(options.KeyFile, KeyKind.Worker, Console.Error);
        Ed25519Verifier verifier = new();
        List<(string, PublicKey)> operators = [];
        foreach (OperatorOptions one in options.Operators)
            operators.Add((one.Name, (await OperatorScope.OfAsync(one, options.Node, verifier, Console.Error, cancelled)).Operator));
        return new OwnerRequest(options.Node.NetworkId, worker.PublicKey, operators);
    }

    private static OwnerStatements Sign(string file, string keyFile, string text, PassphraseSource passphrase)
    {
        OwnerRequest request = OwnerRequest.Read(file);
        if (!WalletAddress.TryParse(text, out WalletAddress address))
            throw new IOException($"'{text}' is not a TON address in its friendly form (48 characters, UQ... or EQ...)");
        KeyFile key = KeyFile.Load(keyFile);
        if (key.Kind != KeyKind.Owner)
            throw new KeyFileException($"{keyFile} is a key of kind {key.Kind}: make an owner's with 'cocoon key new owner'");
        using Ed25519Signer owner = key.OpenSigner(keyFile, passphrase.Read);
        return OwnerStatements.Sign(request, address, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), owner);
    }
}
