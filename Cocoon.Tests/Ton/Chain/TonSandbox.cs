using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Chain.Toncenter;

namespace Cocoon.Tests.Ton.Chain;

/// <summary>The local chain of <c>scripts/ton-sandbox</c> on a free port: a real TVM behind the toncenter v2 API. Ends with the test.</summary>
public sealed class TonSandbox : IAsyncDisposable
{
    private static readonly SemaphoreSlim Installing = new(1, 1);

    private readonly Process process;
    private readonly HttpClient http;

    private TonSandbox(Process process, Uri uri)
    {
        this.process = process;
        Uri = uri;
        http = new HttpClient { BaseAddress = uri };
    }

    public Uri Uri { get; }

    private static string Folder => Path.Combine(SharedVectors.RepositoryRoot, "scripts", "ton-sandbox");

    /// <summary>Starts a chain; skips the running test where Node or npm is missing.</summary>
    public static async Task<TonSandbox> StartAsync(params string[] arguments)
    {
        RequireProgram("node");
        RequireProgram("npm");
        await InstallAsync();
        Process process = Run("node", [Path.Combine(Folder, "main.js"), "--with-parent", .. arguments]);
        string line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60))
            ?? throw new InvalidOperationException($"the sandbox ended: {await process.StandardError.ReadToEndAsync()}");
        using JsonDocument document = JsonDocument.Parse(line);
        return new TonSandbox(process, new Uri(document.RootElement.Text("url") + "/"));
    }

    /// <summary>A client without limits of rate.</summary>
    internal ToncenterClient Open(bool jsonRpc = false) => new(new ToncenterOptions
    {
        Endpoints = [new ToncenterEndpoint(new Uri(Uri, jsonRpc ? "api/v2/" : "")) { RequestsPerSecond = 10_000, Burst = 1_000, UseJsonRpc = jsonRpc }],
    });

    internal Task FaucetAsync(Address address, Coins amount, string? comment = null) => CallAsync(
        "_faucet",
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["address"] = address.ToRawString(),
            ["amount"] = amount.Nano.ToString(CultureInfo.InvariantCulture),
            ["comment"] = comment,
        });

    internal Task AdvanceAsync(int seconds) => CallAsync("_advance", new { seconds });

    internal Task LoseAsync(double probability) => CallAsync("_drop", new { probability });

    internal Task SaveAsync() => CallAsync("_save", new { });

    internal async Task<JsonElement> CallAsync(string method, object parameters)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync(method, parameters);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return answer.GetProperty("ok").GetBoolean() ? answer.GetProperty("result") : throw new InvalidOperationException(answer.ToString());
    }

    /// <summary>What the official JavaScript client sees of an account.</summary>
    internal async Task<JsonElement> AskOfficialClientAsync(Address address)
    {
        using Process client = Run("node", [Path.Combine(Folder, "official-client.js"), Uri.GetLeftPart(UriPartial.Authority), address.ToRawString()]);
        string output = await client.StandardOutput.ReadToEndAsync();
        await client.WaitForExitAsync();
        Assert.True(client.ExitCode == 0, await client.StandardError.ReadToEndAsync());
        using JsonDocument document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();

        // It saves its state, if it has a file for it, and ends when its input closes.
        process.StandardInput.Close();
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(10));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private static async Task InstallAsync()
    {
        await Installing.WaitAsync();
        try
        {
            using Process install = Run(Path.Combine(Folder, "install"), []);
            await install.StandardOutput.ReadToEndAsync();
            await install.WaitForExitAsync();
            if (install.ExitCode != 0)
                Assert.Skip("the sandbox's npm packages could not be installed (no network?); scripts/ton-sandbox/install says why");
        }
        finally
        {
            Installing.Release();
        }
    }

    private static void RequireProgram(string name)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!Array.Exists(folders, folder => File.Exists(Path.Combine(folder, name))))
            Assert.Skip($"{name} is not on PATH: the sandbox chain needs Node and npm");
    }

    private static Process Run(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }
}
