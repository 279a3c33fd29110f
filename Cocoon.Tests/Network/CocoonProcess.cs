using System.Diagnostics;
using System.Text;

namespace Cocoon.Tests.Network;

/// <summary>The program as a process of its own, which can be killed.</summary>
internal sealed class CocoonProcess : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();

    private CocoonProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it has written so far.</summary>
    public string Output
    {
        get
        {
            lock (output)
                return output.ToString();
        }
    }

    public bool HasExited => process.HasExited;

    public static CocoonProcess Start(string folder, params string[] arguments)
    {
        // A shell that runs the tests in the background has SIGINT ignored, and programs inherit that.
        ProcessStartInfo start = new("env")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.ArgumentList.Add("--default-signal=INT");
        start.ArgumentList.Add("dotnet");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "cocoon.dll"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);

        // The tests' own switches are no settings of the program, which says so.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("COCOON_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        return new CocoonProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string folder, params string[] arguments)
    {
        using CocoonProcess run = Start(folder, arguments);
        await run.process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Waiting.Patience);
        run.process.WaitForExit();
        return (run.process.ExitCode, run.Output);
    }

    public async Task WaitForAsync(string text)
    {
        await Waiting.UntilAsync(
            () =>
            {
                if (Output.Contains(text, StringComparison.Ordinal))
                    return true;
                Assert.False(process.HasExited, Output);
                return false;
            },
            () => $"'{text}' was not written: {Output}");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGTERM: it drains and ends. Gives its exit code.</summary>
    public Task<int> TerminateAsync() => SignalAsync("TERM");

    /// <summary>Sends a signal that ends it; gives its exit code.</summary>
    public async Task<int> SignalAsync(string name)
    {
        using Process signal = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Waiting.Patience);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();

        // Until it is gone it may still write where the test wants to delete.
        process.WaitForExit();
        process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is null)
            return;
        lock (output)
            output.AppendLine(line);
    }
}
