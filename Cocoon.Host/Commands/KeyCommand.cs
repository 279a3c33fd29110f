using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Host.Commands.ApiKeys;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;

namespace Cocoon.Host.Commands;

/// <summary><c>cocoon key</c>: creates, shows, lists and rotates the Ed25519 keys that identities are.</summary>
internal static class KeyCommand
{
    private static readonly Option<string> Folder = new("--folder")
    {
        Description = "The key folder.",
        DefaultValueFactory = _ => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cocoon", "keys"),
    };

    private static readonly Option<bool> Prompt = new("--passphrase") { Description = "Ask for a passphrase on the terminal." };
    private static readonly Option<string?> PassphraseFile = new("--passphrase-file") { Description = "Read the passphrase from a private file." };
    private static readonly Option<int?> PassphraseDescriptor = new("--passphrase-fd") { Description = "Read the passphrase from an open file descriptor." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };
    private static readonly Argument<string> Name = new("name") { Description = "The key's name, or the path of its file." };

    public static Command Create() => new("key", "Identity keys (operator, node, account, worker, owner), and API keys with a budget (new --budget, list --api, change, revoke).")
    {
        CreateNew(), CreateShow(), CreateList(), ApiKeyCommands.CreateChange(), ApiKeyCommands.CreateRevoke(), KeyRotateCommand.Create(Folder, Prompt, PassphraseFile, PassphraseDescriptor, Json),
    };

    /// <summary>Where the passphrase of this invocation comes from.</summary>
    internal static PassphraseSource Passphrase(ParseResult parsed) =>
        new(parsed.GetValue(PassphraseFile), parsed.GetValue(PassphraseDescriptor), parsed.GetValue(Prompt));

    /// <summary>What of a key may be seen.</summary>
    internal static JsonObject Describe(string path, KeyFile key)
    {
        JsonObject shown = new()
        {
            ["file"] = path,
            ["kind"] = key.Kind.ToString().ToLowerInvariant(),
            ["publicKey"] = key.PublicKey.ToString(),
            ["sealed"] = key.IsSealed,
            ["created"] = AnswerPrinter.Date(key.CreatedUnixSeconds),
        };
        if (key.Kind == KeyKind.Account)
            shown["account"] = AccountId.Of(key.PublicKey).ToString();
        if (key.EndsUnixSeconds is { } ends)
            shown["ends"] = AnswerPrinter.Date(ends);
        return shown;
    }

    private static Command CreateNew()
    {
        Argument<string?> kind = new("kind") { Description = "What the key stands for; none, with --budget: an API key.", Arity = ArgumentArity.ZeroOrOne };
        kind.AcceptOnlyFromAmong([.. Enum.GetValues<KeyKind>().Where(one => one != KeyKind.None).Select(one => one.ToString().ToLowerInvariant())]);
        Option<string?> name = new("--name") { Description = "The key's name; by default its kind." };
        Command command = new("new", "Make an identity's key, whose file is readable by you alone; or, with --budget, an API key of an account.")
        {
            kind, name, Folder, Prompt, PassphraseFile, PassphraseDescriptor, Json,
        };
        ApiKeyCommands.AddNewOptions(command);
        command.SetAction((parsed, cancelled) => parsed.GetValue(kind) is null ? ApiKeyCommands.NewAsync(parsed, parsed.GetValue(Json), cancelled) : Task.FromResult(NewIdentity(parsed)));
        return command;

        int NewIdentity(ParseResult parsed)
        {
            ApiKeyTerms.RefuseIn(parsed);
            KeyKind chosen = Enum.Parse<KeyKind>(parsed.GetValue(kind)!, ignoreCase: true);
            PassphraseSource passphrase = Passphrase(parsed);
            byte[]? secret = passphrase.IsNamed ? passphrase.ReadNew() : null;
            long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            string named = parsed.GetValue(name) ?? chosen.ToString().ToLowerInvariant();
            (string path, KeyFile key) = new KeyFolder(parsed.GetValue(Folder)!).Create(named, chosen, now, secret);
            AnswerPrinter.Print(Describe(path, key), parsed.GetValue(Json));
            return 0;
        }
    }

    private static Command CreateShow()
    {
        Command command = new("show", "Show a key's public side.") { Name, Folder, Json };
        command.SetAction(parsed =>
        {
            string name = parsed.GetValue(Name)!;
            string path = name.Contains(Path.DirectorySeparatorChar) ? name : new KeyFolder(parsed.GetValue(Folder)!).PathOf(name);
            AnswerPrinter.Print(Describe(path, KeyFile.Load(path)), parsed.GetValue(Json));
            return 0;
        });
        return command;
    }

    private static Command CreateList()
    {
        Option<bool> api = new("--api") { Description = "List the account's API keys instead, with what they spent." };
        Command command = new("list", "List the identity keys of a folder, rotated ones with their end; or, with --api, an account's API keys.") { Folder, api, Json };
        ApiKeyCommands.AddListOptions(command);
        command.SetAction((parsed, cancelled) => parsed.GetValue(api) ? ApiKeyCommands.ListAsync(parsed, parsed.GetValue(Json), cancelled) : Task.FromResult(ListFolder(parsed)));
        return command;

        static int ListFolder(ParseResult parsed)
        {
            IReadOnlyList<(string Path, KeyFile Key)> keys = new KeyFolder(parsed.GetValue(Folder)!).List();
            AnswerPrinter.PrintAll([.. keys.Select(one => Describe(one.Path, one.Key))], parsed.GetValue(Json));
            return 0;
        }
    }
}
