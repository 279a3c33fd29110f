using System.Diagnostics;
using System.Text.Json;

namespace Cocoon.Benchmarks.Ton;

/// <summary>The official JavaScript SDK in a Node process of its own, asked line by line.</summary>
internal sealed class NodePeer : IDisposable
{
    private readonly Process process;

    private NodePeer(Process process) => this.process = process;

    /// <summary>Starts the peer; installs its packages first where they are missing.</summary>
    public static async Task<NodePeer> StartAsync()
    {
        string folder = Path.Combine(FindRoot(), "Cocoon.Benchmarks", "Ton", "node");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            using Process install = Start("npm", ["ci", "--silent"], folder);
            await install.StandardOutput.ReadToEndAsync();
            await install.WaitForExitAsync();
            if (install.ExitCode != 0)
                throw new InvalidOperationException($"npm ci failed in {folder}; run it there to see why");
        }

        return new NodePeer(Start("node", ["peer.js"], folder));
    }

    /// <summary>Sends one line and reads the answer.</summary>
    public async Task<JsonElement> AskAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
        string answer = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the Node process ended");
        using JsonDocument document = JsonDocument.Parse(answer);
        return document.RootElement.Clone();
    }

    /// <summary>Asks for a rate, in operations per second.</summary>
    public async Task<double> RateAsync(string operation, int milliseconds) =>
        (await AskAsync($"{operation} {milliseconds}")).GetProperty("rate").GetDouble();

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(2_000))
            process.Kill();
        process.Dispose();
    }

    internal static Process Start(string program, string[] arguments, string folder)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,

            // openssl speed writes its progress there: a few lines, which fit the pipe.
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cocoon.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"no Cocoon.sln above {AppContext.BaseDirectory}: run the benchmark from a clone");
    }
}
