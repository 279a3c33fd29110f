using System.Diagnostics;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Client.Local;
using Cocoon.Host.Configuration;
using Cocoon.Inference.TestEngine;

namespace Cocoon.Tests.Gateway;

/// <summary>The official openai package for Node, unchanged, against the gateway: <c>node/check.mjs</c>.</summary>
public abstract class OpenAiNodeTests
{
    private protected abstract bool OverNetwork { get; }

    [Fact]
    public async Task The_npm_package_works()
    {
        string folder = Path.Combine(SharedVectors.RepositoryRoot, "Cocoon.Tests", "Gateway", "node");
        if (!File.Exists(Path.Combine(folder, "node_modules", ".installed")))
            Assert.Skip("scripts/openai-sdk/install has not been run: the openai package is not here");
        DeterministicEngine stalling = new(new TestEngineOptions { Fault = TestEngineFault.Stall });
        await using GatewayFixture gateway = await StartAsync();
        await using GatewayFixture stalls = await StartAsync(stalling);
        await using GatewayFixture fails = await StartAsync(
            new DeterministicEngine(new TestEngineOptions { Fault = TestEngineFault.FailAfterFirstChunk }));
        string[] arguments = [Path.Combine(folder, "check.mjs"), gateway.Server.Url.ToString(), stalls.Server.Url.ToString(), fails.Server.Url.ToString()];
        ProcessStartInfo start = new("node", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        Process node;
        try
        {
            node = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("node is not on PATH");
            return;
        }

        using (node)
        {
            using CancellationTokenSource patience = new(Waiting.Patience);
            Task<string> errors = node.StandardError.ReadToEndAsync(patience.Token);
            string output = await node.StandardOutput.ReadToEndAsync(patience.Token);
            await node.WaitForExitAsync(patience.Token);
            Assert.True(node.ExitCode == 0, await errors);
            string[] done = [.. JsonDocument.Parse(output).RootElement.GetProperty("done").EnumerateArray().Select(name => name.GetString()!)];
            Assert.Equal(10, done.Length);
        }

        await GatewayTests.UntilAsync(() => stalling.Running == 0);
    }

    private Task<GatewayFixture> StartAsync(IInferenceEngine? engine = null, GatewayOptions? options = null, LocalJobClientOptions? client = null)
        => GatewayFixture.StartAsync(OverNetwork, engine, options, client);
}

public class LocalOpenAiNodeTests : OpenAiNodeTests
{
    private protected override bool OverNetwork => false;
}

public class NetworkOpenAiNodeTests : OpenAiNodeTests
{
    private protected override bool OverNetwork => true;
}
