using System.Diagnostics;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Runtime;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Benchmarks.Ledger;

/// <summary>Time from starting a stream's actor to its first answer.</summary>
internal static class Recovery
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    public static async Task<double> SecondsAsync(string file, LedgerKey key, bool snapshot)
    {
        LedgerOptions options = new(default(Scope)) { CeilingOptional = true };
        AccountId account = RecoverySetup.AccountOf(0);
        StreamId stream = StreamId.OfShard(0);
        await using LedgerProcess process = await LedgerProcess.OpenAsync(
            new SqliteOptions(file, "bench", 1), key, options, snapshot ? 1 : long.MaxValue);
        long start = Stopwatch.GetTimestamp();
        ActorRef<LedgerCommand> actor = process.Ledger[stream];
        BalanceAnswer balance = await actor.AskAsync<BalanceAnswer>(reply => new QueryBalance(account, reply), Deadline);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (balance.Settled == NanoTon.Zero)
            throw new InvalidOperationException("the books came back empty");
        if (!snapshot)
            return seconds;
        await actor.AskAsync<LedgerAnswer>(reply => new Credit(account, new NanoTon(1), "", "", reply), Deadline);
        while (await process.Journal.LoadAsync(stream) is null)
            await Task.Delay(50);
        return seconds;
    }
}
