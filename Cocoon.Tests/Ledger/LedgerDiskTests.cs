using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Cocoon.Tests.Storage;

namespace Cocoon.Tests.Ledger;

/// <summary>
/// A real disk error under a real ledger: the kernel refuses writes beyond a size (RLIMIT_FSIZE, EFBIG), which SQLite reports as
/// SQLITE_IOERR like EIO. From then on nothing is acknowledged, and what was acknowledged is there.
/// </summary>
public class LedgerDiskTests
{
    private const int LimitKiB = 1500;

    [Fact]
    public async Task After_a_disk_error_nothing_is_acknowledged_and_nothing_acknowledged_is_lost()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("there is no file size limit to hit");
        using TemporaryFolder folder = new();
        string file = folder.File("ledger.db");
        ConcurrentBag<string> acknowledged = [];
        StringBuilder errors = new();
        using Process process = Start(file);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { Length: > 0 } text && text.EndsWith('.'))
                acknowledged.Add(text[..^1]);
        };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
                errors.AppendLine(line.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await WaitForDiskErrorAsync(process, errors);

        // What was on its way to us when the disk failed still comes; then it is quiet.
        int before = -1;
        await Waiting.UntilAsync(async () =>
        {
            before = acknowledged.Count;
            await Task.Delay(500, TestContext.Current.CancellationToken);
            return before == acknowledged.Count;
        });
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.WaitForExit();
        Assert.True(before > 100, errors.ToString());
        LedgerKillTests.Check(file, folder.File("ledger.key"), acknowledged);
    }

    private static Process Start(string file)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "cocoon.dll");
        ProcessStartInfo start = new("bash")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "-c",
                string.Create(CultureInfo.InvariantCulture, $"trap '' XFSZ; ulimit -f {LimitKiB}; exec dotnet '{program}' ledger torture --file '{file}' --seed 1"),
            },
        };

        // The runtime maps its code through a file in memory, which the limit would count.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return Process.Start(start)!;
    }

    private static async Task WaitForDiskErrorAsync(Process process, StringBuilder errors)
    {
        string Said()
        {
            lock (errors)
                return errors.ToString();
        }

        await Waiting.UntilAsync(
            () =>
            {
                if (Said().Contains("the disk failed", StringComparison.Ordinal))
                    return true;
                Assert.False(process.HasExited, Said());
                return false;
            },
            () => $"no disk error came: {Said()}");
    }
}
