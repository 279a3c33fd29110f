using System.Diagnostics;
using System.Security.Cryptography;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Runtime;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Benchmarks.Ledger;

/// <summary>What one round of load reached.</summary>
internal sealed record SettleRound(double PerSecond, double MicrosecondsP50, double RowsPerCommit, double EventsPerCommit);

/// <summary>Clients that each keep one job in flight: reserve, settle, and the next.</summary>
internal static class SettleLoad
{
    private const int InFlight = 64;
    private const int AccountsPerClient = 32;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly JobTerms Terms = new PriceTable().With("bench").Terms("bench")!;
    private static readonly Bytes32 Digest = Bytes32.From(SHA256.HashData([1]));

    public static async Task<SettleRound> RunAsync(string file, bool oneShard, TimeSpan time)
    {
        LedgerKey key = new(new byte[32]);
        LedgerOptions options = new(default(Scope)) { CeilingOptional = true };
        await using LedgerProcess process = await LedgerProcess.OpenAsync(new SqliteOptions(file, "bench"), key, options, long.MaxValue);
        AccountId[] accounts = [.. Accounts(oneShard).Take(InFlight * AccountsPerClient)];
        foreach (AccountId account in accounts)
        {
            await process.Ledger.Of(account).AskAsync<LedgerAnswer>(
                reply => new Credit(account, new NanoTon(NanoTon.PerTon * 1000), "", "", reply), Deadline);
        }

        long commitsBefore = process.Journal.Commits;
        long rowsBefore = process.Journal.Rows;
        long start = Stopwatch.GetTimestamp();
        long end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        List<long>[] latencies = await Task.WhenAll(Enumerable.Range(0, InFlight).Select(client => Task.Run(() => ClientAsync(
            process.Ledger, accounts.AsMemory(client * AccountsPerClient, AccountsPerClient), end))));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long[] sorted = [.. latencies.SelectMany(list => list).Order()];
        double commits = process.Journal.Commits - commitsBefore;
        double rows = process.Journal.Rows - rowsBefore;
        return new SettleRound(
            sorted.Length / seconds, sorted[sorted.Length / 2] * 1e6 / Stopwatch.Frequency, rows / commits, sorted.Length / commits);
    }

    private static IEnumerable<AccountId> Accounts(bool oneShard)
    {
        for (int number = 0; ; number++)
        {
            AccountId account = new(Bytes32.From(SHA256.HashData(BitConverter.GetBytes(number))));
            if (!oneShard || account.Shard(256) == 0)
                yield return account;
        }
    }

    private static async Task<List<long>> ClientAsync(WholeLedger ledger, ReadOnlyMemory<AccountId> accounts, long end)
    {
        List<long> latencies = new(1 << 16);
        SessionId session = SessionId.Open(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 1);
        PublicKey worker = new(Digest);
        UsageAmount[] usage = [new(UsageClass.Prompt, 200), new(UsageClass.Completion, 50)];
        for (long number = 1; Stopwatch.GetTimestamp() < end; number++)
        {
            AccountId account = accounts.Span[(int)(number % accounts.Length)];
            JobId job = new(account, session, number);
            ActorRef<LedgerCommand> shard = ledger.Of(account);
            long start = Stopwatch.GetTimestamp();
            ReserveAnswer reserved = await shard.AskAsync<ReserveAnswer>(
                reply => new Reserve(job, 0, "bench", Terms, 500, [], 100, 1, Deadline, reply), Deadline);
            SettleAnswer settled = await shard.AskAsync<SettleAnswer>(
                reply => new Settle(job, 1, true, worker, "bench", Terms, usage, reply)
                {
                    End = JobEnd.Finished,
                    RequestDigest = Digest,
                    AnswerDigest = Digest,
                },
                Deadline);
            if (reserved.Refusal != LedgerRefusal.None || settled.Refusal != LedgerRefusal.None)
                throw new InvalidOperationException($"{reserved.Text} {settled.Text}");
            latencies.Add(Stopwatch.GetTimestamp() - start);
        }

        return latencies;
    }
}
