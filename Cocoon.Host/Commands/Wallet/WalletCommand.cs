using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Host.Keys;
using Cocoon.Ton;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Chain.Toncenter;

namespace Cocoon.Host.Commands.Wallet;

/// <summary><c>cocoon wallet</c>: makes, imports and shows TON wallets, and sends from them by hand.</summary>
internal static class WalletCommand
{
    internal static readonly Option<string> Folder = new("--folder")
    {
        Description = "The wallet folder.",
        DefaultValueFactory = _ => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cocoon", "wallets"),
    };

    internal static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };
    internal static readonly Argument<string> Name = new("name") { Description = "The wallet's name, or the path of its file." };
    private static readonly Option<bool> Prompt = new("--passphrase") { Description = "Ask for the passphrase on the terminal." };
    private static readonly Option<string?> PassphraseFile = new("--passphrase-file") { Description = "Read the passphrase from a private file." };
    private static readonly Option<int?> PassphraseDescriptor = new("--passphrase-fd") { Description = "Read the passphrase from an open file descriptor." };
    private static readonly Option<string[]> Endpoints = new("--endpoint")
    {
        Description = "A server of the toncenter v2 API; may be given several times. By default the public one of the wallet's network.",
    };

    private static readonly Option<string?> ApiKeyFile = new("--api-key-file") { Description = "Read the servers' API key from a file." };

    internal static Option[] PassphraseOptions => [Prompt, PassphraseFile, PassphraseDescriptor];

    internal static Option[] ChainOptions => [Endpoints, ApiKeyFile];

    public static Command Create() => new("wallet", "Make, import and show TON wallets; send from them by hand.")
    {
        WalletNewCommand.CreateNew(), WalletNewCommand.CreateImport(), WalletShowCommand.CreateShow(), WalletShowCommand.CreateBalance(),
        WalletSendCommand.CreateSend(), WalletSendCommand.CreateDeploy(),
    };

    /// <summary>Runs a command; what cannot be done is told on standard error and gives exit code 1.</summary>
    internal static async Task<int> GuardAsync(ParseResult parsed, Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (Exception fault) when (fault is KeyFileException or WalletSendException or TonFormatException or ChainUnavailableException
            or ChainRequestException or ChainRolledBackException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync($"{CommandRun.NameOf(parsed)}: {fault.Message}");
            return 1;
        }
    }

    internal static PassphraseSource Passphrase(ParseResult parsed) =>
        new(parsed.GetValue(PassphraseFile), parsed.GetValue(PassphraseDescriptor), parsed.GetValue(Prompt));

    /// <summary>The file that a name or path stands for.</summary>
    internal static string PathOf(ParseResult parsed)
    {
        string name = parsed.GetValue(Name)!;
        return name.Contains(Path.DirectorySeparatorChar) ? name : PathOf(parsed.GetValue(Folder)!, name);
    }

    internal static string PathOf(string folder, string name) =>
        name.Length is > 0 and <= 64 && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_')
            ? Path.Combine(folder, name + ".wallet")
            : throw new KeyFileException($"'{name}' cannot name a wallet: use 1 to 64 letters, digits, - and _");

    internal static ToncenterClient OpenChain(ParseResult parsed, TonNetwork network)
    {
        string? key = parsed.GetValue(ApiKeyFile) is { } file ? ToncenterEndpoint.ReadKeyFile(file) : null;
        string[] given = parsed.GetValue(Endpoints) is { Length: > 0 } some
            ? some
            : [network == TonNetwork.Mainnet ? "https://toncenter.com/api/v2/" : "https://testnet.toncenter.com/api/v2/"];
        try
        {
            return new ToncenterClient(new ToncenterOptions { Endpoints = [.. given.Select(uri => new ToncenterEndpoint(new Uri(uri), key))] });
        }
        catch (Exception fault) when (fault is ArgumentException or UriFormatException)
        {
            throw new KeyFileException($"--endpoint: {fault.Message}", fault);
        }
    }

    /// <summary>What of a wallet may be seen.</summary>
    internal static JsonObject Describe(string path, WalletFile wallet)
    {
        Address address = wallet.Contract.Address;
        bool test = wallet.Network == TonNetwork.Testnet;
        return new JsonObject
        {
            ["file"] = path,
            ["wallet"] = wallet.Kind.ToString().ToLowerInvariant(),
            ["network"] = wallet.Network.ToString().ToLowerInvariant(),
            ["address"] = address.ToString(bounceable: false, test),
            ["bounceable"] = address.ToString(bounceable: true, test),
            ["raw"] = address.ToRawString(),
            ["publicKey"] = wallet.Contract.PublicKey.ToString(),
            ["sealed"] = wallet.IsSealed,
        };
    }
}
