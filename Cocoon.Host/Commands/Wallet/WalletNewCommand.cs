using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Cocoon.Host.Keys;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Wallets;
using Spectre.Console;

namespace Cocoon.Host.Commands.Wallet;

/// <summary><c>cocoon wallet new</c> and <c>import</c>. The words are shown or written once and never kept.</summary>
internal static class WalletNewCommand
{
    private const int MaxPhraseBytes = 2_048;

    private static readonly Argument<string> NewName = new("name") { Description = "The wallet's name." };
    private static readonly Option<WalletKind> Kind = new("--wallet")
    {
        Description = "The contract: HighloadV3 for a treasury, V5R1, V4R2 or V3R2.",
        DefaultValueFactory = _ => WalletKind.HighloadV3,
    };

    private static readonly Option<TonNetwork> Network = new("--network") { Description = "Mainnet or Testnet.", DefaultValueFactory = _ => TonNetwork.Mainnet };
    private static readonly Option<int> Timeout = new("--timeout-seconds")
    {
        Description = "HighloadV3: how long a request is valid, 60 to 86,400; part of the address.",
        DefaultValueFactory = _ => HighloadWalletV3.DefaultTimeoutSeconds,
    };

    public static Command CreateNew()
    {
        Option<string?> wordsTo = new("--words-to") { Description = "Write the 24 words to a new private file instead of showing them." };
        Command command = new("new", "Make a wallet and show its 24 words once.") { NewName, Kind, Network, Timeout, wordsTo, WalletCommand.Folder, WalletCommand.Json };
        foreach (Option option in WalletCommand.PassphraseOptions)
            command.Options.Add(option);
        command.SetAction((parsed, _) => WalletCommand.GuardAsync(parsed, () => Task.FromResult(MakeNew(parsed, parsed.GetValue(wordsTo)))));
        return command;
    }

    public static Command CreateImport()
    {
        Option<string?> wordsFrom = new("--words-file") { Description = "Read the words from a private file; by default the terminal asks for them." };
        Command command = new("import", "Make a wallet from the words of an existing one.")
        {
            NewName, Kind, Network, Timeout, wordsFrom, WalletCommand.Folder, WalletCommand.Json,
        };
        foreach (Option option in WalletCommand.PassphraseOptions)
            command.Options.Add(option);
        command.SetAction((parsed, _) => WalletCommand.GuardAsync(parsed, () =>
        {
            string[] words = ReadWords(parsed.GetValue(wordsFrom));
            if (!Mnemonic.IsValid(words))
                throw new KeyFileException($"these {words.Length} words are no TON phrase: check spelling and order (phrases of other chains do not work here)");
            AnswerPrinter.Print(Save(parsed, words), parsed.GetValue(WalletCommand.Json));
            return Task.FromResult(0);
        }));
        return command;
    }

    private static int MakeNew(ParseResult parsed, string? wordsTo)
    {
        // Words that went into a pipe would lie in some log for ever.
        if (wordsTo is null && Console.IsOutputRedirected)
            throw new KeyFileException("the words are shown on a terminal only; use --words-to FILE to have them in a private file");
        if (wordsTo is not null && File.Exists(wordsTo))
            throw new KeyFileException($"{wordsTo} exists already: choose another file for the words");
        string[] words = Mnemonic.Generate();
        JsonObject answer = Save(parsed, words);
        if (wordsTo is not null)
        {
            PrivateFiles.Create(wordsTo, string.Join(' ', words) + "\n");
            answer["words"] = $"written to {wordsTo}: move them to a safe place off this machine";
            AnswerPrinter.Print(answer, parsed.GetValue(WalletCommand.Json));
            return 0;
        }

        AnswerPrinter.Print(answer, parsed.GetValue(WalletCommand.Json));
        AnsiConsole.WriteLine();
        AnsiConsole.Write(new Columns(words.Select((word, index) => new Text($"{index + 1,2} {word}"))).Collapse());
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine("[bold]Write these words on paper, in order.[/] They are the coins; they are shown this once and kept nowhere.");
        return 0;
    }

    private static JsonObject Save(ParseResult parsed, string[] words)
    {
        int timeout = parsed.GetValue(Timeout);
        if (timeout is < 60 or > 86_400)
            throw new KeyFileException($"--timeout-seconds is {timeout}: it must be 60 to 86,400");
        string folder = parsed.GetValue(WalletCommand.Folder)!;
        string path = WalletCommand.PathOf(folder, parsed.GetValue(NewName)!);
        if (File.Exists(path))
            throw new KeyFileException($"{path} exists already: choose another name");
        PassphraseSource source = WalletCommand.Passphrase(parsed);
        byte[]? passphrase = source.IsNamed ? source.ReadNew() : null;
        byte[] seed = Mnemonic.ToSeed(words);
        try
        {
            PrivateFiles.EnsureFolder(folder);
            WalletFile wallet = WalletFile.Create(
                parsed.GetValue(Kind), parsed.GetValue(Network), timeout, seed.AsSpan(0, Ed25519.SeedLength), passphrase);
            wallet.Save(path);
            return WalletCommand.Describe(path, wallet);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
            CryptographicOperations.ZeroMemory(passphrase);
        }
    }

    private static string[] ReadWords(string? file)
    {
        if (file is not null)
        {
            PrivateFiles.RequirePrivate(file, "file of words");
            return new FileInfo(file).Length <= MaxPhraseBytes
                ? Mnemonic.Split(File.ReadAllText(file, Encoding.UTF8))
                : throw new KeyFileException($"{file} is larger than a phrase can be: choose another file");
        }

        if (Console.IsInputRedirected)
            throw new KeyFileException("there is no terminal to ask for the words: use --words-file");
        return Mnemonic.Split(AnsiConsole.Prompt(new TextPrompt<string>("The words:").Secret()));
    }
}
