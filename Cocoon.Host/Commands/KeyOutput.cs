using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cocoon.Host.Commands;

/// <summary>How key commands answer: lines for people, one JSON object for programs.</summary>
internal static class KeyOutput
{
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

        int width = answer.Max(field => field.Key.Length);
        foreach ((string name, JsonNode? value) in answer)
            Console.WriteLine($"{name.PadRight(width)}  {value}");
    }

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
