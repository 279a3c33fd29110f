using System.Diagnostics;
using System.Text.Json;
using Cocoon.Host.Treasury;
using Cocoon.Ton;

namespace Cocoon.Tests.Ton.Chain;

/// <summary>Starts the local chain for a test, and skips the test where Node or npm is missing.</summary>
internal static class TonSandbox
{
    private static readonly SemaphoreSlim Installing = new(1, 1);
    private static bool? isInstalled;

    /// <summary>A chain that makes a block at every message, on the wall's clock.</summary>
    public static SandboxOptions Immediate { get; } = new() { BlockTime = TimeSpan.Zero };

    /// <summary>Starts a chain; it ends when it is disposed, or with the tests.</summary>
    public static async Task<SandboxProcess> StartAsync(SandboxOptions options)
    {
        await RequireAsync();
        return await SandboxProcess.StartAsync(options);
    }

    /// <summary>Installs the chain's packages where they are missing; skips the running test where that cannot be done.</summary>
    public static async Task RequireAsync()
    {
        string folder = SandboxProcess.FindFolder() ?? throw new InvalidOperationException("scripts/ton-sandbox is not in this clone");
        RequireProgram("node");
        RequireProgram("npm");
        await Installing.WaitAsync();
        try
        {
            // Once is enough: it has tried several times.
            if (!isInstalled.HasValue)
            {
                using Process install = Run(Path.Combine(folder, "install"), []);
                Task<string> errors = install.StandardError.ReadToEndAsync();
                await install.StandardOutput.ReadToEndAsync();
                await install.WaitForExitAsync();
                await errors;
                isInstalled = install.ExitCode == 0;
            }

            if (isInstalled is false)
                Assert.Skip("the sandbox's npm packages could not be installed (no network?); scripts/ton-sandbox/install says why");
        }
        finally
        {
            Installing.Release();
        }
    }

    /// <summary>What the official JavaScript client sees of an account.</summary>
    public static async Task<JsonElement> AskOfficialClientAsync(SandboxProcess sandbox, Address address)
    {
        string script = Path.Combine(SandboxProcess.FindFolder()!, "official-client.js");
        using Process client = Run("node", [script, sandbox.Uri.GetLeftPart(UriPartial.Authority), address.ToRawString()]);
        string output = await client.StandardOutput.ReadToEndAsync();
        await client.WaitForExitAsync();
        Assert.True(client.ExitCode == 0, await client.StandardError.ReadToEndAsync());
        using JsonDocument document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
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
