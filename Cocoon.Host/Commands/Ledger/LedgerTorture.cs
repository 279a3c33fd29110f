using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.Ledger;

/// <summary>
/// The load of the kill test: many clients reserve, settle in instalments and move money between shards, and every acknowledged event is
/// printed. Whoever kills this process checks the file against those lines.
/// </summary>
internal static class LedgerTorture
{
    private const int Shards = 8;
    private const int Clients = 48;
    private const long SnapshotEvery = 400;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Runs until cancelled or killed.</summary>
    public static async Task<int> RunAsync(string path, LedgerKey key, int seed, CancellationToken cancelled)
    {
        LedgerOptions options = new(default(Scope)) { CeilingOptional = true, TickPeriod = TimeSpan.FromMilliseconds(50) };
        await using LedgerProcess process = await LedgerProcess.OpenAsync(new SqliteOptions(path, "torture", Shards), key, options, SnapshotEvery);
        TextWriter output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput(), Encoding.ASCII) { AutoFlush = true });
        JobTerms terms = new PriceTable().With("torture").Terms("torture")!;
        SessionId session = SessionId.Open(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), (uint)Environment.ProcessId);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client =>
            new Client(process.Ledger, output, terms, session, client, new Random((seed * 1000) + client)).RunAsync(cancelled)));
        return 0;
    }

    private static AccountId AccountOf(int client) => new(Bytes32.From(SHA256.HashData(Encoding.ASCII.GetBytes($"torture {client}"))));

    private static StreamId StreamOf(AccountId account) => StreamId.OfShard(account.Shard(Shards));

    private sealed class Client(WholeLedger ledger, TextWriter output, JobTerms terms, SessionId session, int number, Random random)
    {
        private readonly AccountId account = AccountOf(number);

        public async Task RunAsync(CancellationToken cancelled)
        {
            await ledger.Of(account).AskAsync<LedgerAnswer>(
                reply => new Credit(account, new NanoTon(1_000 * NanoTon.PerTon), $"client {number}", "", reply), Deadline);
            for (long job = 1; !cancelled.IsCancellationRequested; job++)
            {
                if (random.Next(20) == 0)
                    await MoveAsync();
                else
                    await WorkAsync(new JobId(account, session, job));
            }
        }

        private async Task WorkAsync(JobId job)
        {
            ReserveAnswer reserved = await ledger.Of(account).AskAsync<ReserveAnswer>(
                reply => new Reserve(job, 0, "torture", terms, 1000, [], 1000, 1, TimeSpan.FromMinutes(1), reply), Deadline);
            if (reserved.Refusal != LedgerRefusal.None)
                throw new InvalidOperationException($"{job}: {reserved.Text}");
            if (random.Next(10) == 0)
            {
                ledger.Of(account).Tell(new Release(job));
                return;
            }

            int instalments = random.Next(4) == 0 ? 3 : 1;
            Bytes32 worker = Bytes32.From(SHA256.HashData(Encoding.ASCII.GetBytes($"worker {random.Next(20)}")));
            for (int instalment = 1; instalment <= instalments; instalment++)
            {
                UsageAmount[] usage = [new(UsageClass.Prompt, 700), new(UsageClass.Completion, 300 * instalment)];
                int part = instalment;
                SettleAnswer settled = await ledger.Of(account).AskAsync<SettleAnswer>(
                    reply => new Settle(job, part, part == instalments, new PublicKey(worker), "torture", terms, usage, reply) { End = JobEnd.Finished },
                    Deadline);
                if (settled.Refusal != LedgerRefusal.None)
                    throw new InvalidOperationException($"{job}, instalment {part}: {settled.Text}");
                string line = $"settled {account} {job.Session} {job.Number} {part} {settled.Price.Value} {settled.Sequence}.";
                output.WriteLine(line);
            }
        }

        private async Task MoveAsync()
        {
            AccountId other = AccountOf(random.Next(Clients));
            long request = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            TransferOut transfer = new()
            {
                Kind = TransferKind.Lane,
                Amount = random.Next(1, 1_000_000),
                Source = Google.Protobuf.ByteString.CopyFrom(account.Value.AsSpan()),
                Beneficiary = Google.Protobuf.ByteString.CopyFrom(other.Value.AsSpan()),
                Request = request,
            };
            LedgerAnswer answer = await ledger.Of(account).AskAsync<LedgerAnswer>(
                reply => new StartTransfer(StreamOf(other), transfer, reply), Deadline);
            if (answer.Refusal == LedgerRefusal.None)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"moved {account} {request} {transfer.Amount}."));
        }
    }
}
