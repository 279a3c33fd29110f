using System.Text.Json;

namespace Cocoon.Tests.Ton;

/// <summary>The project's own cases, made with the official JavaScript packages: <c>Cocoon.Tests/Vectors/ton.json</c>.</summary>
internal static class TonVectors
{
    private static readonly Lazy<JsonDocument> Document = new(() => JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(SharedVectors.RepositoryRoot, "Cocoon.Tests", "Vectors", "ton.json"))));

    public static JsonElement Root => Document.Value.RootElement;

    /// <summary>A section's cases; fails unless there are exactly <paramref name="count"/>, so that an empty section can't pass.</summary>
    public static IReadOnlyList<JsonElement> Section(string name, int count)
    {
        List<JsonElement> cases = [.. Root.GetProperty(name).EnumerateArray()];
        Assert.Equal(count, cases.Count);
        return cases;
    }

    public static string Text(this JsonElement element, string property) =>
        element.GetProperty(property).GetString() ?? throw new InvalidDataException($"{property} is null");

    public static byte[] Hex(this JsonElement element, string property) => Convert.FromHexString(element.Text(property));

    public static byte[] Base64(this JsonElement element, string property) => Convert.FromBase64String(element.Text(property));

    public static bool IsNull(this JsonElement element, string property) =>
        !element.TryGetProperty(property, out JsonElement value) || value.ValueKind == JsonValueKind.Null;
}
