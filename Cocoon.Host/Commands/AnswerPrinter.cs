using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands;

/// <summary>How commands answer: lines for people, one JSON object for programs.</summary>
internal static class AnswerPrinter
{
    private const string NanoTonSuffix = "NanoTon";
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerOptions.Default);

    /// <summary>A moment in ISO 8601, UTC.</summary>
    public static string Date(long unixSeconds) =>
        DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static void Print(JsonObject answer, bool json)
    {
        if (json)
        {
            Console.WriteLine(answer.ToJsonString(Readable));
            return;
        }

        int width = answer.Max(field => Label(field.Key).Length);
        foreach ((string name, JsonNode? value) in answer)
            Console.WriteLine($"{Label(name).PadRight(width)}  {TextOf(name, value)}".TrimEnd());

        // A number of things and what they come to have one name for people.
        string Label(string name) =>
            name.EndsWith(NanoTonSuffix, StringComparison.Ordinal) && answer.ContainsKey(name[..^NanoTonSuffix.Length]) ? $"{LabelOf(name)}, amount" : LabelOf(name);
    }

    /// <summary>A field's name for people: <c>leftNanoTon</c> is <c>left</c>, <c>publicKey</c> is <c>public key</c>.</summary>
    internal static string LabelOf(string name)
    {
        string bare = name.EndsWith(NanoTonSuffix, StringComparison.Ordinal) ? name[..^NanoTonSuffix.Length] : name;
        return string.Concat(bare.Select(letter => char.IsAsciiLetterUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));
    }

    /// <summary>A field's value for people: amounts in TON, lists with commas, several things each on a line of its own.</summary>
    internal static string TextOf(string name, JsonNode? value) => value switch
    {
        null => "none",
        JsonArray { Count: 0 } => "none",
        JsonArray things when things[0] is JsonObject => string.Concat(things.Select(thing => "\n  " + string.Join(
            ", ", thing!.AsObject().Where(field => field.Value is not null && field.Value.ToString().Length > 0).Select(field => $"{LabelOf(field.Key)} {TextOf(field.Key, field.Value)}")))),
        JsonArray list => string.Join(", ", list),
        JsonValue amount when name.EndsWith(NanoTonSuffix, StringComparison.Ordinal) && amount.TryGetValue(out long nano) => new NanoTon(nano).ToString(),
        JsonValue truth when truth.TryGetValue(out bool holds) => holds ? "yes" : "no",
        _ => value.ToString(),
    };

    public static void PrintAll(IReadOnlyList<JsonObject> answers, bool json)
    {
        if (json)
        {
            Console.WriteLine(new JsonObject { ["keys"] = new JsonArray([.. answers]) }.ToJsonString(Readable));
            return;
        }

        if (answers.Count == 0)
            Console.WriteLine("no keys: make one with 'cocoon key new'");
        foreach (JsonObject answer in answers)
            Console.WriteLine($"{answer["kind"],-9} {answer["publicKey"]}  {(answer["ends"] is { } ends ? $"ends {ends}" : "current"),-25} {answer["file"]}");
    }
}
