using System.Security.Cryptography;
using Cocoon.Client.Keys;
using Cocoon.Inference.TestEngine;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Network;
using Cocoon.Tests.Storage;

namespace Cocoon.Tests.Client;

/// <summary>What docs/client.md shows is compiled, and does what it says.</summary>
public class ClientExampleTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_page_shows_the_code_that_is_compiled()
    {
        string source = File.ReadAllText(Path.Combine(SharedVectors.RepositoryRoot, "Cocoon.Tests/Client/ClientExample.cs"));
        string page = File.ReadAllText(Path.Combine(SharedVectors.RepositoryRoot, "docs/client.md"));
        string[] example = source.Split("// <example>\n")[1].Split("        // </example>")[0].TrimEnd().Split('\n');
        string shown = string.Join('\n', example.Select(static line => line.Length > 8 ? line[8..] : ""));
        Assert.Contains($"```csharp\n{shown}\n```", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_runs()
    {
        await using TestNetwork network = await TestNetwork.StartAsync(
            [(new DeterministicEngine(new TestEngineOptions()), "cocoon-test")], new NanoTon(NanoTon.PerTon));
        byte[] seed = RandomNumberGenerator.GetBytes(32);
        using (Ed25519Signer account = new(seed))
            await network.Proxy.CreditAsync(AccountId.Of(account.PublicKey), new NanoTon(NanoTon.PerTon), "test", "");
        using TemporaryFolder receipts = new();
        using StringWriter output = new();
        await ClientExample.RunAsync(
            seed, TestNetwork.Name, network.Proxy.Setup.Scope.Operator, "127.0.0.1", network.Proxy.Port, receipts.Path, output, Stop);
        Assert.Contains("receipt verified: True", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(receipts.Path).Sum(file => File.ReadLines(file).Count()));
    }
}
