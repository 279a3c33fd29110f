using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Chain.Toncenter;

namespace Cocoon.Host.Treasury;

/// <summary>The local chain cannot be had; the message says what is missing and how to get it.</summary>
internal sealed class SandboxException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// The local chain of <c>scripts/ton-sandbox</c> as a child process: a real TVM behind the toncenter v2 API, on a free port of this machine.
/// It ends with its parent, however that ends.
/// </summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    private const string Script = "main.js";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly Process process;
    private readonly HttpClient http;

    private SandboxProcess(Process process, Uri uri)
    {
        this.process = process;
        Uri = uri;
        http = new HttpClient { BaseAddress = uri };
    }

    /// <summary>Where it serves, with a slash at the end.</summary>
    public Uri Uri { get; }

    /// <summary>Why no sandbox can be started here, and what to do; null when one can.</summary>
    public static string? Problem()
    {
        if (FindFolder() is not { } folder)
            return "the local TON chain is not here: run from a clone of the repository, which has it in scripts/ton-sandbox";
        if (FindProgram("node") is null)
            return "node is not on PATH: install Node.js 20 or newer, then run scripts/ton-sandbox/install";
        return Directory.Exists(Path.Combine(folder, "node_modules", "@ton", "sandbox"))
            ? null
            : "the local TON chain's npm packages are not installed: run scripts/ton-sandbox/install once";
    }

    /// <summary>Starts a chain and waits until it serves.</summary>
    /// <exception cref="SandboxException">Something is missing, or it ended at once.</exception>
    public static async Task<SandboxProcess> StartAsync(SandboxOptions options, CancellationToken cancellation = default)
    {
        if (Problem() is { } problem)
            throw new SandboxException(problem);
        ProcessStartInfo start = new(FindProgram("node")!, [Path.Combine(FindFolder()!, Script), .. options.ToArguments()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Process process = Process.Start(start) ?? throw new SandboxException("node did not start");
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            string line = await process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(StartPatience, cancellation)
                ?? throw new SandboxException($"the local TON chain ended at once: {await errors}");
            using JsonDocument document = JsonDocument.Parse(line);
            return new SandboxProcess(process, new Uri(document.RootElement.GetProperty("url").GetString() + "/"));
        }
        catch (Exception fault)
        {
            process.Kill();
            process.Dispose();
            throw fault is TimeoutException or JsonException
                ? new SandboxException($"the local TON chain did not start: {fault.Message}", fault)
                : fault;
        }
    }

    /// <summary>A client without a limit of rate.</summary>
    public ToncenterClient Open(bool jsonRpc = false, TimeProvider? time = null) => new(
        new ToncenterOptions
        {
            Endpoints = [new ToncenterEndpoint(new Uri(Uri, jsonRpc ? "api/v2/" : "")) { RequestsPerSecond = 10_000, Burst = 1_000, UseJsonRpc = jsonRpc }],
        },
        time);

    /// <summary>Coins from nowhere, in the next block.</summary>
    public Task FaucetAsync(Address address, Coins amount, string? comment = null) => CallAsync(
        "_faucet",
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["address"] = address.ToRawString(),
            ["amount"] = amount.Nano.ToString(CultureInfo.InvariantCulture),
            ["comment"] = comment,
        });

    /// <summary>Moves the chain's clock on and makes a block.</summary>
    public Task AdvanceAsync(int seconds) => CallAsync("_advance", new { seconds });

    /// <summary>Sets how many of a thousand accepted messages get lost.</summary>
    public Task LoseAsync(int permille) => CallAsync("_drop", new { probability = permille / 1000m });

    /// <summary>Writes the state file.</summary>
    public Task SaveAsync() => CallAsync("_save", new { });

    /// <summary>Counts: accepted, lost, rejected and discarded messages, transactions, seqno, time.</summary>
    public Task<JsonElement> StatisticsAsync() => CallAsync("_stats", new { });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        http.Dispose();

        // It saves its state, if it has a file for it, and ends when its input closes.
        process.StandardInput.Close();
        using CancellationTokenSource patience = new(StopPatience);
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

    /// <summary>The nearest <c>scripts/ton-sandbox</c> above the working folder or the program.</summary>
    public static string? FindFolder()
    {
        foreach (string start in (string[])[Environment.CurrentDirectory, AppContext.BaseDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, "scripts", "ton-sandbox");
                if (File.Exists(Path.Combine(candidate, Script)))
                    return candidate;
            }
        }

        return null;
    }

    private static string? FindProgram(string name)
    {
        string file = OperatingSystem.IsWindows() ? name + ".exe" : name;
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }

    private async Task<JsonElement> CallAsync(string method, object parameters)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync(method, parameters);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return answer.GetProperty("ok").GetBoolean() ? answer.GetProperty("result") : throw new SandboxException($"{method}: {answer}");
    }
}
