using System.Diagnostics;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Inference.Upstream;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Inference.Upstream;

/// <summary>A real foreign server on this machine's CPU: llama.cpp behind <c>scripts/llama-upstream/server.mjs</c>.</summary>
public sealed class LlamaUpstreamTests : IAsyncLifetime
{
    private const string Model = "cocoon-tiny-en-fr-q8_0";
    private Process? server;
    private Uri? url;

    public async ValueTask InitializeAsync()
    {
        string folder = Path.Combine(SharedVectors.RepositoryRoot, "scripts", "llama-upstream");
        if (!File.Exists(Path.Combine(folder, "node_modules", ".installed")))
            Assert.Skip("scripts/llama-upstream/install has not been run: llama.cpp's libraries are not here");
        string model = Path.Combine(SharedVectors.RepositoryRoot, "models", Model + ".gguf");
        ProcessStartInfo start = new("node", [Path.Combine(folder, "server.mjs"), model])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            server = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("node is not on PATH");
        }

        using CancellationTokenSource patience = new(Waiting.Patience);
        string? line = await server!.StandardOutput.ReadLineAsync(patience.Token);
        if (line?.StartsWith("listening ", StringComparison.Ordinal) != true)
            Assert.Fail($"the llama.cpp server did not start: {line} {await server.StandardError.ReadToEndAsync(patience.Token)}");
        url = new Uri($"http://127.0.0.1:{line!["listening ".Length..]}");
    }

    public async ValueTask DisposeAsync()
    {
        if (server is null)
            return;
        server.StandardInput.Close();
        await server.WaitForExitAsync();
        server.Dispose();
    }

    [Fact]
    public async Task Translates_for_us_and_stops_when_we_leave()
    {
        using UpstreamEngine engine = new(new UpstreamOptions { Url = url! }, TimeProvider.System);
        EngineStatus status = await engine.StatusAsync(default);
        Assert.Equal(new EngineModel(Model, 256, 4, 256), Assert.Single(status.Models));

        const string body = """{"messages":[{"role":"user","content":"The message could not be sent."}],"temperature":0}""";
        EngineRun streamed = await EngineRun.RunAsync(engine, EngineRun.Job(Model, body));
        Assert.Equal("Le message n'a pas pu être envoyé.", streamed.Text);
        Assert.Equal(("stop", 15, 11), (streamed.Finish, streamed.Of(UsageClass.Prompt), streamed.Of(UsageClass.Completion)));
        EngineRun whole = await EngineRun.RunAsync(engine, EngineRun.Job(Model, body, stream: false));
        Assert.Equal("Le message n'a pas pu être envoyé.", whole.Text);
        Assert.Equal(11, whole.Of(UsageClass.Completion));
        EngineRun cut = await EngineRun.RunAsync(engine, EngineRun.Job(Model, body, maxOutput: 3));
        Assert.Equal(("length", "Le message n", 3), (cut.Finish, cut.Text, cut.Of(UsageClass.Completion)));

        string longBody = $$"""{"messages":[{"role":"user","content":"{{string.Concat(Enumerable.Repeat("word ", 400))}}"}]}""";
        Assert.Equal(EngineFailure.ContextExceeded, (await EngineRun.RunAsync(engine, EngineRun.Job(Model, longBody))).Error?.Failure);
        await CancelAsync(engine);
    }

    private async Task CancelAsync(UpstreamEngine engine)
    {
        // The loop of a poor sentence runs to its bound: long enough to be cut in the middle.
        const string body = """{"messages":[{"role":"user","content":"one two three four five six seven eight nine ten"}],"temperature":2}""";
        using HttpClient http = new() { BaseAddress = url };
        for (int attempt = 0; attempt < 20; attempt++)
        {
            await foreach (EngineChunk chunk in engine.RunAsync(EngineRun.Job(Model, body, maxOutput: 200), default))
                break;
            for (int wait = 0; wait < 100; wait++)
            {
                JsonElement stats = JsonDocument.Parse(await http.GetStringAsync("/stats")).RootElement;
                if (stats.GetProperty("cancelled").GetInt32() > 0)
                    return;
                if (stats.GetProperty("running").GetInt32() == 0)
                    break;
                await Task.Delay(10);
            }
        }

        Assert.Fail("the server never noticed that we left");
    }
}
