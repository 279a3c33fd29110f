using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Client;
using Cocoon.Client.Network;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;
using Spectre.Console;

namespace Cocoon.Host.Commands.ApiKeys;

/// <summary>
/// API keys of an account: <c>cocoon key new --budget</c>, <c>list --api</c>, <c>change</c>, <c>revoke</c>. A key opens a purse in the
/// operator's ledger; the key itself is shown once and stored nowhere.
/// </summary>
internal static class ApiKeyCommands
{
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    /// <summary>The options with which <c>key new</c> makes an API key.</summary>
    public static void AddNewOptions(Command command)
    {
        command.With(ApiKeyTerms.Budget, ApiKeyTerms.Expires, ApiKeyTerms.Models, ApiKeyTerms.PerMinute, ApiKeyTerms.AtOnce, ApiKeyTerms.Label);
        AddListOptions(command);
    }

    /// <summary>The options with which <c>key list --api</c> and its like reach the account.</summary>
    public static void AddListOptions(Command command)
    {
        command.Options.Add(CommandSymbols.OperatorName);
        ConfigurationArguments.AddTo(command);
    }

    public static Command CreateChange()
    {
        Argument<string> key = new("key") { Description = "The key, or the 16 digits of its id." };
        Command command = new("change", "Change an API key's budget, end, models or limits; what it spent stays.") { key, Json };
        AddNewOptions(command);
        command.SetAction((parsed, cancelled) => WithAccountAsync(parsed, async client =>
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            PurseInfo purse = await FindAsync(client, parsed.GetValue(key)!, cancelled);
            PurseTerms terms = ApiKeyTerms.Read(parsed, purse.Terms, now);
            await client.SetPurseAsync(terms, cancelled);
            ApiKeyTerms.Print(ApiKeyTerms.Describe(purse with { Terms = terms }, now), parsed.GetValue(Json));
        }, cancelled));
        return command;
    }

    public static Command CreateRevoke()
    {
        Argument<string> key = new("key") { Description = "The key, or the 16 digits of its id." };
        Command command = new("revoke", "End an API key: it pays nothing any more. Jobs that run are paid.") { key, Json };
        AddListOptions(command);
        command.SetAction((parsed, cancelled) => WithAccountAsync(parsed, async client =>
        {
            PurseInfo purse = await FindAsync(client, parsed.GetValue(key)!, cancelled);
            PurseInfo revoked = purse with { Terms = purse.Terms with { Closed = true } };
            await client.SetPurseAsync(revoked.Terms, cancelled);
            ApiKeyTerms.Print(ApiKeyTerms.Describe(revoked, TimeProvider.System.GetUtcNow()), parsed.GetValue(Json));
        }, cancelled));
        return command;
    }

    /// <summary><c>cocoon key new --budget</c>.</summary>
    public static Task<int> NewAsync(ParseResult parsed, bool json, CancellationToken cancelled)
    {
        if (parsed.GetValue(ApiKeyTerms.Budget) is null)
        {
            Console.Error.WriteLine("cocoon key new: say what for: a kind of identity (account, worker, node, operator, owner), or --budget TON for an API key");
            return Task.FromResult(2);
        }

        return WithAccountAsync(parsed, async client =>
        {
            string key = ApiKeyTerms.NewKey();
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            PurseTerms terms = ApiKeyTerms.Read(parsed, new PurseTerms { Id = PurseTerms.IdOf(key), Budget = default }, now);
            await client.SetPurseAsync(terms, cancelled);
            JsonObject shown = ApiKeyTerms.Describe(new PurseInfo(terms, default, default), now);
            shown.Insert(0, "key", key);
            ApiKeyTerms.Print(shown, json);
            if (!json)
                Console.WriteLine("\nThe key is shown this once and stored nowhere. Send it as 'Authorization: Bearer KEY'.");
        }, cancelled);
    }

    /// <summary><c>cocoon key list --api</c>.</summary>
    public static Task<int> ListAsync(ParseResult parsed, bool json, CancellationToken cancelled) => WithAccountAsync(parsed, async client =>
    {
        IReadOnlyList<PurseInfo> purses = await client.GetPursesAsync(cancelled);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        if (json)
        {
            JsonObject shown = new() { ["account"] = client.Account.ToString(), ["keys"] = new JsonArray([.. purses.Select(purse => ApiKeyTerms.Describe(purse, now))]) };
            Console.WriteLine(shown.ToJsonString());
            return;
        }

        if (purses.Count == 0)
        {
            Console.WriteLine("no API keys: make one with 'cocoon key new --budget TON'");
            return;
        }

        Table table = Screen.Table("id", "label", "state", "budget TON", "spent TON", "ends", "models", "a minute", "at once");
        foreach (PurseInfo purse in purses)
        {
            PurseTerms terms = purse.Terms;
            table.AddRow(
                new Text(terms.Id),
                new Text(terms.Label),
                new Text(ApiKeyTerms.StateOf(purse, now)),
                new Text(Screen.Coins(terms.Budget)),
                new Text(Screen.Coins(purse.Spent)),
                new Text(terms.Expires is { } ends ? AnswerPrinter.Date(ends.ToUnixTimeSeconds())[..10] : "never"),
                new Text(terms.Models.Count == 0 ? "all" : string.Join(", ", terms.Models)),
                new Text(terms.JobsPerMinute == 0 ? "any" : $"{terms.JobsPerMinute}"),
                new Text(terms.JobsAtOnce == 0 ? "any" : $"{terms.JobsAtOnce}"));
        }

        Screen.Of(Console.Out).Write(table);
    }, cancelled);

    private static async Task<PurseInfo> FindAsync(NetworkJobClient client, string keyOrId, CancellationToken cancelled)
    {
        string id = keyOrId.Length == 16 && keyOrId.All(char.IsAsciiHexDigit) ? keyOrId.ToLowerInvariant() : PurseTerms.IdOf(keyOrId);
        IReadOnlyList<PurseInfo> purses = await client.GetPursesAsync(cancelled);
        return purses.FirstOrDefault(purse => purse.Terms.Id == id)
            ?? throw new IOException($"the account has no key with id {id}: 'cocoon key list --api' shows what there is");
    }

    private static async Task<int> WithAccountAsync(ParseResult parsed, Func<NetworkJobClient, Task> work, CancellationToken cancelled)
    {
        ClientOptions? options = ConfigurationArguments.Load(parsed, ClientOptions.Read, Console.Error, "hocon/client.conf");
        if (options is null)
            return 2;
        await using AccountClient account = await AccountClient.OpenOnceAsync(options, parsed.GetValue(CommandSymbols.OperatorName), Console.Error, cancelled);
        await work(account.Client);
        return 0;
    }
}
