using System.Diagnostics;
using System.Globalization;
using Cocoon.Host.Commands.Payouts;
using Cocoon.Host.Treasury;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Ton.Chain;
using Cocoon.Ton;

namespace Cocoon.Tests.Host.Treasury;

/// <summary>
/// A real proxy pays many workers over a chain that loses messages, and is killed again and again: each wallet received exactly its sum, and
/// journal and chain agree. <c>scripts/soak-payout-kill</c> runs 2,000 payouts.
/// </summary>
public sealed class PayoutKillTests
{
    private const int LossPermille = 300;
    private static readonly int Payouts = Setting("SOAK_PAYOUTS", 60);
    private static readonly int Batch = Setting("SOAK_BATCH", 20);
    private static readonly int Kills = Setting("SOAK_KILLS", 3);
    private static readonly int LifeMs = Setting("SOAK_LIFE_MS", 700);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(Setting("SOAK_MINUTES", 5));

    [Fact]
    public async Task KilledAndRobbedOfMessagesItPaysEveryWorkerOnce()
    {
        long start = Stopwatch.GetTimestamp();
        await using SandboxProcess sandbox = await TonSandbox.StartAsync(new SandboxOptions { BlockTime = TimeSpan.FromMilliseconds(150), LossPermille = LossPermille });
        using PayoutWorld world = await PayoutWorld.CreateAsync(sandbox, Payouts, Batch);
        await sandbox.FaucetAsync(world.Treasury, new Coins((UInt128)world.Total.Value) + Coins.Parse("50"), "cocoon:operator");

        Random random = new(7);
        int kills = 0;
        while (!world.AllPaid() && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            using Process proxy = world.StartProxy();
            if (kills == Kills)
            {
                await WaitUntilPaidAsync(world, proxy, start);
            }
            else
            {
                await Task.Delay(random.Next(LifeMs / 2, LifeMs * 2), TestContext.Current.CancellationToken);
                Assert.False(proxy.HasExited, await world.LogAsync());
                kills++;
            }

            proxy.Kill();
            await proxy.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(world.AllPaid(), $"not all are paid after {Patience}: {await world.LogAsync()}");
        Assert.True(kills > 0);
        await sandbox.LoseAsync(0);
        await world.AssertEveryWalletGotItsSumAsync();
        ReconcileReport report = await world.ReconcileAsync();
        Assert.Empty(report.Problems);
        Assert.Equal((Payouts, world.Total, world.Total), (report.Payouts, report.PaidBooked, report.PaidOnChain));
        Assert.Empty(world.Verify());
        await world.AssertCommandsShowItAsync(Payouts);
        Report(world, sandbox, kills, TimeProvider.System.GetElapsedTime(start), await sandbox.StatisticsAsync());
    }

    private static async Task WaitUntilPaidAsync(PayoutWorld world, Process proxy, long start)
    {
        while (!world.AllPaid() && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            Assert.False(proxy.HasExited, await world.LogAsync());
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private static void Report(PayoutWorld world, SandboxProcess sandbox, int kills, TimeSpan time, System.Text.Json.JsonElement chain)
    {
        TreasuryJournal journal = world.ReadJournal();
        int prepared = journal.Events.Count(one => one.KindCase == LedgerEvent.KindOneofCase.PayoutPrepared);
        PayoutEntry[] entries = [.. new PayoutLedger(journal, "{0}").Entries];
        long fee = entries.Sum(entry => entry.Fee?.Value ?? 0) / Math.Max(1, entries.Length);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Payouts} payouts in {prepared} batches, {kills} kills, {chain.GetProperty("lost").GetInt32()} of {chain.GetProperty("accepted").GetInt32()} messages lost, "
            + $"{time.TotalSeconds:0.0} s, {new NanoTon(fee)} per payout, treasury stream at event {journal.Head.Sequence}, chain at {sandbox.Uri.Port}"));
        Assert.Equal(Payouts, entries.Count(entry => entry.State == "paid"));
    }

    private static int Setting(string name, int otherwise) =>
        int.Parse(Environment.GetEnvironmentVariable(name) ?? otherwise.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
