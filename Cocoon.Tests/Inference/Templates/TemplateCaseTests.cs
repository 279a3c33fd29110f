using System.Text.Json;
using Cocoon.Inference.Templates;

namespace Cocoon.Tests.Inference.Templates;

/// <summary>Renders what the original Jinja rendered (see <c>Vectors/Inference/make_templates.py</c>) and compares char by char.</summary>
public sealed class TemplateCaseTests
{
    private static readonly Lazy<Dictionary<string, JsonElement>> Cases = new(Load);

    public static TheoryData<string> Names => [.. Cases.Value.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Renders_as_the_original(string name)
    {
        JsonElement entry = Cases.Value[name];
        string source = entry.GetProperty("template").GetString()!;
        if (source.StartsWith("@shared/", StringComparison.Ordinal))
            source = File.ReadAllText(SharedVectors.Require(source["@shared/".Length..].Split('/')));
        MapValue variables = (MapValue)TemplateJson.FromJson(entry.GetProperty("variables"));

        if (entry.TryGetProperty("fails", out JsonElement fails))
        {
            TemplateException exception = Assert.Throws<TemplateException>(() => Render(source, variables));
            Assert.Equal(fails.GetString(), exception.Failure.ToString().ToLowerInvariant());
            Assert.True(exception.Line >= 1 && exception.Column >= 1);
            return;
        }

        Assert.Equal(entry.GetProperty("expected").GetString(), Render(source, variables));
    }

    private static string Render(string source, MapValue variables) =>
        string.Concat(ChatTemplate.Parse(source).Render(variables, new FixedClock()).Select(segment => segment.Text));

    private static Dictionary<string, JsonElement> Load()
    {
        string path = Path.Combine(SharedVectors.RepositoryRoot, "Cocoon.Tests", "Vectors", "Inference", "template-cases.json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.EnumerateArray().ToDictionary(entry => entry.GetProperty("name").GetString()!, entry => entry.Clone(), StringComparer.Ordinal);
    }
}

/// <summary>The clock that the stored renderings were made with.</summary>
internal sealed class FixedClock : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(2026, 3, 7, 9, 5, 4, TimeSpan.Zero);
}
