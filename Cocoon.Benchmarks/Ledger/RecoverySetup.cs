using System.Buffers;
using System.Security.Cryptography;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Cocoon.Benchmarks.Ledger;

/// <summary>Writes a long stream straight into a ledger file: what years of settlements leave.</summary>
internal static class RecoverySetup
{
    public const int Accounts = 100_000;
    private const int EventsPerBatch = 64;

    public static AccountId AccountOf(int number) => new(Bytes32.From(SHA256.HashData(BitConverter.GetBytes(number))));

    public static void Write(string path, LedgerKey key, int events)
    {
        using SqliteFile file = SqliteFile.Open(new SqliteOptions(path, "bench", 1));
        SqliteFile.Execute(file.Writer, "PRAGMA synchronous = OFF");
        SqliteFile.Execute(file.Writer, "UPDATE stream SET epoch = 1 WHERE stream = 0");
        using SqliteStatement insert = new(file.Writer, "INSERT INTO journal (stream, first_sequence, last_sequence, epoch, chain, mac, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        ShardLease lease = new(StreamId.OfShard(0), 1);
        ByteString[] accounts = [.. Enumerable.Range(0, Accounts).Select(number => ByteString.CopyFrom(AccountOf(number).Value.AsSpan()))];
        ByteString[] workers = [.. Enumerable.Range(0, 500).Select(number => ByteString.CopyFrom(SHA256.HashData(BitConverter.GetBytes(-number))))];
        Bytes32 chain = default;
        ArrayBufferWriter<byte> body = new(1 << 16);
        long sequence = 1;
        while (sequence <= events)
        {
            using SqliteTransaction transaction = file.Writer.BeginTransaction();
            for (int batch = 0; batch < 512 && sequence <= events; batch++)
            {
                int count = (int)Math.Min(EventsPerBatch, events - sequence + 1);
                body.ResetWrittenCount();
                for (int i = 0; i < count; i++)
                    Append(body, Event(sequence + i, accounts, workers));
                JournalBatch sealedBatch = StreamChain.Seal(lease, sequence, count, body.WrittenMemory, chain, key);
                chain = sealedBatch.Chain;
                insert.Bind(1, 0).Bind(2, sequence).Bind(3, sealedBatch.LastSequence).Bind(4, 1)
                    .Bind(5, chain.AsSpan()).Bind(6, sealedBatch.Mac.AsSpan()).Bind(7, body.WrittenSpan).Step();
                sequence += count;
            }

            transaction.Commit();
        }

        SqliteFile.Execute(file.Writer, "UPDATE stream SET last_sequence = (SELECT max(last_sequence) FROM journal) WHERE stream = 0");
    }

    private static void Append(ArrayBufferWriter<byte> body, LedgerEvent ledgerEvent)
    {
        Span<byte> length = body.GetSpan(5);
        int size = ledgerEvent.CalculateSize();
        int written = 0;
        for (uint left = (uint)size; ; left >>= 7)
        {
            length[written++] = (byte)(left < 0x80 ? left : left | 0x80);
            if (left < 0x80)
                break;
        }

        body.Advance(written);
        ledgerEvent.WriteTo(body);
    }

    private static LedgerEvent Event(long sequence, ByteString[] accounts, ByteString[] workers)
    {
        if (sequence <= accounts.Length)
        {
            return new LedgerEvent
            {
                TimeUnixMs = 1_800_000_000_000,
                OperatorCredited = new OperatorCredited { Account = accounts[sequence - 1], Amount = 1_000_000_000_000 },
            };
        }

        long number = sequence / accounts.Length;
        return new LedgerEvent
        {
            TimeUnixMs = 1_800_000_000_000 + sequence,
            Settlement = new Settlement
            {
                Account = accounts[sequence % accounts.Length],
                Session = SessionId.Open(1_800_000_000, 1).Value,
                Number = number,
                Instalment = 1,
                Final = true,
                Worker = workers[sequence % workers.Length],
                Price = 12_345,
                Commission = 617,
                Total = 12_345,
                Model = "qwen3-32b",
                Usage =
                {
                    new UsageLine { Class = 1, Amount = 512, Rate = 20_000_000 },
                    new UsageLine { Class = 3, Amount = 128, Rate = 160_000_000 },
                },
                CoefficientThousandths = 1_000,
                CommissionBasisPoints = 500,
                End = JobEnd.Finished,
                RequestDigest = workers[sequence % 7],
                AnswerDigest = workers[sequence % 11],
            },
        };
    }
}
