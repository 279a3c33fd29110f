using System.Xml.Linq;

namespace Cocoon.Tests.Repository;

/// <summary>Arrows run one way: Protocol, Actors, adapters, Host.</summary>
public class ProjectArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Cocoon.Protocol"] = [],
        ["Cocoon.Ton"] = [],
        ["Cocoon.Actors"] = ["Cocoon.Protocol"],
        ["Cocoon.Wire"] = ["Cocoon.Actors"],
        ["Cocoon.Attestation"] = ["Cocoon.Actors"],
        ["Cocoon.Inference"] = ["Cocoon.Actors"],
        ["Cocoon.Simulation"] = ["Cocoon.Actors"],
        ["Cocoon.Client"] = ["Cocoon.Protocol", "Cocoon.Actors", "Cocoon.Ton", "Cocoon.Wire"],
        ["Cocoon.Host"] = ["Cocoon.Actors", "Cocoon.Attestation", "Cocoon.Client", "Cocoon.Inference", "Cocoon.Simulation", "Cocoon.Ton", "Cocoon.Wire"],
        ["Cocoon.Tests"] = ["Cocoon.Host"],
        ["Cocoon.Benchmarks"] = ["Cocoon.Host"],
    };

    [Fact]
    public void Projects_reference_only_what_the_architecture_allows()
    {
        string[] projects = [.. SourceTree.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal))];
        Assert.True(projects.Length >= 9);
        foreach (string project in projects)
        {
            string name = Path.GetFileNameWithoutExtension(project);
            Assert.True(Allowed.TryGetValue(name, out string[]? allowed), $"{name} is not in the architecture: add it with its arrows");
            foreach (XElement reference in XDocument.Load(Path.Combine(SourceTree.Root, project)).Descendants("ProjectReference"))
            {
                string target = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value);
                Assert.True(allowed.Contains(target, StringComparer.Ordinal), $"{name} must not reference {target}");
            }
        }
    }

    [Theory]
    [InlineData("Cocoon.Protocol")]
    [InlineData("Cocoon.Actors")]
    public void What_is_replayed_is_built_under_the_ban_list(string project)
    {
        string text = File.ReadAllText(Path.Combine(SourceTree.Root, project, project + ".csproj"));
        Assert.Contains("BannedSymbols.Replay.txt", text, StringComparison.Ordinal);
    }
}
