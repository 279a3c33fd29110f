namespace Cocoon.Tests.Ton;

public sealed class DocumentationTests
{
    [Fact]
    public void EveryExampleIsCompiledAndRun()
    {
        string document = File.ReadAllText(Path.Combine(SharedVectors.RepositoryRoot, "docs", "ton.md"));
        string compiled = Squeeze(File.ReadAllText(Path.Combine(SharedVectors.RepositoryRoot, "Cocoon.Tests", "Ton", "DocumentationExamples.cs")));
        string[] parts = document.Split("```csharp\n");
        Assert.True(parts.Length > 8, $"{parts.Length - 1} examples");
        foreach (string part in parts[1..])
        {
            string example = part[..part.IndexOf("```", StringComparison.Ordinal)];
            Assert.Contains(Squeeze(example), compiled, StringComparison.Ordinal);
        }
    }

    private static string Squeeze(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
