using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Cocoon.Actors.Ledger;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Storage;

namespace Cocoon.Tests.Ledger;

/// <summary>
/// Load and kill -9 on a real process: every event that it acknowledged is in the file once, and the books balance. The soak runs more
/// cycles (scripts/soak-ledger-kill).
/// </summary>
public class LedgerKillTests
{
    private static readonly int Cycles = int.Parse(
        Environment.GetEnvironmentVariable("COCOON_KILL_CYCLES") ?? "20", CultureInfo.InvariantCulture);

    [Fact]
    public async Task What_was_acknowledged_survives_being_killed()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("ledger.db");
        Random random = new(1);
        ConcurrentBag<string> acknowledged = [];
        for (int cycle = 1; cycle <= Cycles; cycle++)
        {
            await RunAndKillAsync(file, cycle, random.Next(20, 250), acknowledged);
            if (cycle % 10 == 0 || cycle == Cycles)
                Check(file, folder.File("ledger.key"), acknowledged);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Cycles} kills, {acknowledged.Count} acknowledged events, each there once");
        Assert.True(acknowledged.Count >= Cycles);
    }

    private static async Task RunAndKillAsync(string file, int seed, int loadMs, ConcurrentBag<string> acknowledged)
    {
        ProcessStartInfo start = new("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "cocoon.dll"), "ledger", "torture", "--file", file,
                "--seed", seed.ToString(CultureInfo.InvariantCulture),
            },
        };
        using Process process = Process.Start(start)!;
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task reading = Task.Run(() =>
        {
            while (process.StandardOutput.ReadLine() is { } line)
            {
                // What the kill cut off was not acknowledged.
                if (line.EndsWith('.'))
                    acknowledged.Add(line[..^1]);
                started.TrySetResult();
            }

            started.TrySetResult();
        });
        await started.Task.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);
        await Task.Delay(loadMs, TestContext.Current.CancellationToken);
        bool ranUntilKilled = !process.HasExited;
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await reading;
        Assert.True(ranUntilKilled, await errors);
    }

    internal static void Check(string file, string keyFile, IReadOnlyCollection<string> acknowledged)
    {
        Dictionary<string, int> found = new(StringComparer.Ordinal);
        using LedgerInspection ledger = LedgerInspection.Open(file);
        LedgerAudit audit = new(ledger.Reader, LedgerKeyFile.Read(keyFile))
        {
            Each = (_, sequence, ledgerEvent) =>
            {
                if (Line(sequence, ledgerEvent) is { } line)
                    found[line] = found.GetValueOrDefault(line) + 1;
            },
        };
        StreamAudit[] audits = [.. ledger.Streams.Select(audit.Read)];
        Assert.All(audits, stream => Assert.Null(stream.Problem));
        Assert.Empty(LedgerInvariants.CheckAll(audits.Select(stream => stream.State)));
        Assert.All(acknowledged, line => Assert.Equal(1, found.GetValueOrDefault(line)));
        Assert.All(found.Values, times => Assert.Equal(1, times));
        long credits = audits.Sum(stream => stream.State.Total(BookKind.OperatorFunding).Value);
        Assert.True(credits < 0 && credits % (1_000 * NanoTon.PerTon) == 0);
    }

    private static string? Line(long sequence, LedgerEvent ledgerEvent)
    {
        if (ledgerEvent.Settlement is { } settled)
        {
            string account = Convert.ToHexStringLower(settled.Account.Span);
            SessionId session = new(settled.Session);
            return $"settled {account} {session} {settled.Number} {settled.Instalment} {settled.Price} {sequence}";
        }

        return ledgerEvent.TransferOut is { } moved
            ? $"moved {Convert.ToHexStringLower(moved.Source.Span)} {moved.Request} {moved.Amount}"
            : null;
    }
}
