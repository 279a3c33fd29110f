using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Cocoon.Client;
using Cocoon.Host.Configuration;
using Cocoon.Host.Configuration.Hocon;
using Cocoon.Host.Gateway;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.ApiKeys;

/// <summary>What the command line says of an API key: options, their reading, and how a key is shown.</summary>
internal static class ApiKeyTerms
{
    public static readonly Option<string?> Budget = new("--budget") { Description = "Most it may spend over its life, in TON: 5, 0.25." };
    public static readonly Option<string?> Expires = new("--expires") { Description = "When it ends: after a duration (30d, 12h), at a date (2027-01-31), or never." };
    public static readonly Option<string?> Models = new("--models") { Description = "Models it may be used for, with commas; all: every model." };
    public static readonly Option<int?> PerMinute = new("--per-minute") { Description = "Most jobs in a minute; 0: no limit." };
    public static readonly Option<int?> AtOnce = new("--at-once") { Description = "Most jobs at once; 0: no limit." };
    public static readonly Option<string?> Label = new("--label") { Description = "A name for people, at most 64 characters." };

    /// <summary>A new random key.</summary>
    public static string NewKey() => GatewayHeaders.PursePrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    /// <summary>The terms with what the command line changes. Throws <see cref="IOException"/> with what is wrong.</summary>
    public static PurseTerms Read(ParseResult parsed, PurseTerms before, DateTimeOffset now)
    {
        PurseTerms terms = before;
        if (parsed.GetValue(Budget) is { } budget)
            terms = terms with { Budget = ReadBudget(budget) };
        if (parsed.GetValue(Expires) is { } expires)
            terms = terms with { Expires = ReadExpiry(expires, now) };
        if (parsed.GetValue(Models) is { } models)
            terms = terms with { Models = ReadModels(models) };
        if (parsed.GetValue(PerMinute) is { } minute)
            terms = terms with { JobsPerMinute = NotNegative("--per-minute", minute) };
        if (parsed.GetValue(AtOnce) is { } atOnce)
            terms = terms with { JobsAtOnce = NotNegative("--at-once", atOnce) };
        return parsed.GetValue(Label) is { } label ? terms with { Label = label } : terms;
    }

    /// <summary>An identity's key has none of these terms. Throws <see cref="ConfigurationException"/> when one is given.</summary>
    public static void RefuseIn(ParseResult parsed)
    {
        Option? given = ((Option[])[Budget, Expires, Models, PerMinute, AtOnce, Label]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        if (given is not null)
            throw new ConfigurationException([$"{given.Name} is of API keys: leave the kind out to make one, or leave {given.Name} out"]);
    }

    public static JsonObject Describe(PurseInfo purse, DateTimeOffset now)
    {
        PurseTerms terms = purse.Terms;
        return new JsonObject
        {
            ["id"] = terms.Id,
            ["label"] = terms.Label,
            ["state"] = StateOf(purse, now),
            ["budgetNanoTon"] = terms.Budget.Value,
            ["spentNanoTon"] = purse.Spent.Value,
            ["reservedNanoTon"] = purse.Reserved.Value,
            ["leftNanoTon"] = Left(purse).Value,
            ["expires"] = terms.Expires is { } ends ? AnswerPrinter.Date(ends.ToUnixTimeSeconds()) : null,
            ["models"] = new JsonArray([.. terms.Models.Select(model => (JsonNode)model)]),
            ["jobsPerMinute"] = terms.JobsPerMinute,
            ["jobsAtOnce"] = terms.JobsAtOnce,
        };
    }

    /// <summary>Prints a described key; what has no bound is said so to people.</summary>
    public static void Print(JsonObject described, bool json)
    {
        if (!json)
        {
            described["expires"] ??= "never";
            if (described["models"] is JsonArray { Count: 0 })
                described["models"] = "all";
            foreach (string limit in (string[])["jobsPerMinute", "jobsAtOnce"])
            {
                if (described[limit]?.GetValue<int>() == 0)
                    described[limit] = "any";
            }
        }

        AnswerPrinter.Print(described, json);
    }

    public static NanoTon Left(PurseInfo purse) => NanoTon.Max(NanoTon.Zero, purse.Terms.Budget - purse.Spent - purse.Reserved);

    public static string StateOf(PurseInfo purse, DateTimeOffset now)
    {
        if (purse.Terms.Closed)
            return "revoked";
        if (purse.Terms.Expires <= now)
            return "expired";
        return Left(purse) == NanoTon.Zero ? "spent" : "good";
    }

    private static NanoTon ReadBudget(string text) =>
        NanoTon.TryParseTon(text, out NanoTon budget) && budget > NanoTon.Zero
            ? budget
            : throw new IOException($"--budget is '{text}': it must be an amount of TON above 0 with at most nine decimals, such as 5 or 0.25");

    private static DateTimeOffset? ReadExpiry(string text, DateTimeOffset now)
    {
        if (text == "never")
            return null;
        if (HoconUnits.TryParseDuration(text, out TimeSpan duration) && duration > TimeSpan.Zero)
            return now + duration;
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'"], CultureInfo.InvariantCulture, utc, out DateTimeOffset at) && at > now
            ? at
            : throw new IOException($"--expires is '{text}': it must be a duration such as 30d, a coming day such as 2027-01-31, or never");
    }

    private static string[] ReadModels(string text) =>
        text == "all" ? [] : text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static int NotNegative(string option, int value) => value >= 0 ? value : throw new IOException($"{option} is {value}: it must be 0 or more");
}
