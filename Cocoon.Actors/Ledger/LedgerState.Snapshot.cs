using System.Buffers;
using System.Buffers.Binary;
using Cocoon.Actors.Persistence;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Ledger;

// The state as bytes: a row of SnapshotRecord, the same for the same state in every process.
public sealed partial class LedgerState
{
    /// <summary>Writes the whole state, as <see cref="FromSnapshot"/> reads it.</summary>
    public void WriteSnapshot(IBufferWriter<byte> buffer)
    {
        Write(buffer, new SnapshotRecord { Header = SnapshotHeader() });
        foreach (ClientAccount account in accounts.Values.OrderBy(account => account.Id))
            Write(buffer, new SnapshotRecord { Account = SnapshotOf(account) });
        foreach (WorkerAccount worker in workers.Values.OrderBy(worker => worker.Id))
            Write(buffer, new SnapshotRecord { Worker = SnapshotOf(worker) });
        foreach (TransferPeer peer in peers.Values)
            Write(buffer, new SnapshotRecord { Peer = SnapshotOf(peer) });
        if (Treasury is not null)
        {
            foreach (SnapshotRecord record in Treasury.ToRecords())
                Write(buffer, record);
        }
    }

    private static void Write(IBufferWriter<byte> buffer, SnapshotRecord record)
    {
        Span<byte> length = buffer.GetSpan(5);
        int written = 0;
        uint left = (uint)record.CalculateSize();
        for (; left >= 0x80; left >>= 7)
            length[written++] = (byte)(left | 0x80);
        length[written++] = (byte)left;
        buffer.Advance(written);
        record.WriteTo(buffer);
    }

    /// <summary>
    /// The state that <see cref="WriteSnapshot"/> wrote. Throws <see cref="FormatException"/>, <see cref="StreamCorruptException"/> or
    /// <see cref="InvalidProtocolBufferException"/> when the bytes are not a snapshot of <paramref name="stream"/>.
    /// </summary>
    public static LedgerState FromSnapshot(StreamId stream, ReadOnlySpan<byte> bytes)
    {
        LedgerState state = new(stream);
        bool headed = false;
        EventBody records = new(stream, 0, bytes);
        while (records.TryRead(out ReadOnlySpan<byte> encoded))
        {
            SnapshotRecord record = new();
            record.MergeFrom(encoded);
            headed |= record.KindCase == SnapshotRecord.KindOneofCase.Header;
            state.Restore(record);
        }

        return headed ? state : throw new FormatException($"the snapshot of {stream} has no header");
    }

    private void Restore(SnapshotRecord record)
    {
        switch (record.KindCase)
        {
            case SnapshotRecord.KindOneofCase.Header:
                RestoreHeader(record.Header);
                break;
            case SnapshotRecord.KindOneofCase.Account:
                Restore(record.Account);
                break;
            case SnapshotRecord.KindOneofCase.Worker:
                WorkerAccount worker = Worker(KeyOf(record.Worker.Worker));
                worker.Balance = new NanoTon(record.Worker.Balance);
                worker.Earned = new NanoTon(record.Worker.Earned);
                worker.SinceUnixMs = record.Worker.SinceUnixMs;
                worker.Address = record.Worker.Address;
                worker.PendingAddress = record.Worker.PendingAddress;
                break;
            case SnapshotRecord.KindOneofCase.Peer:
                TransferPeer peer = Peer(new StreamId(record.Peer.Stream));
                peer.LastSent = record.Peer.LastSent;
                peer.LastReceived = record.Peer.LastReceived;
                peer.InTransit = new NanoTon(record.Peer.InTransit);
                peer.Between = new NanoTon(record.Peer.Between);
                foreach (TransferOut transfer in record.Peer.Outstanding)
                    peer.Queue.Enqueue(transfer);
                break;
            default:
                if (Treasury is null || !Treasury.Restore(record))
                    throw new FormatException($"the snapshot of {Stream} holds a record that does not belong there");
                break;
        }
    }

    private SnapshotHeader SnapshotHeader()
    {
        SnapshotHeader header = new()
        {
            Stream = Stream.Number,
            Sequence = Sequence,
            SessionsOpenedBeforeUnixS = SessionsOpenedBefore,
            Era = Era,
            SettledJobs = SettledJobs,
        };
        for (int kind = 1; kind < totals.Length; kind++)
            header.Balances.Add(new BookBalance { Book = kind, Amount = totals[kind] });
        header.Losses.Add(losses);
        return header;
    }

    private void RestoreHeader(SnapshotHeader header)
    {
        if (header.Stream != Stream.Number)
            throw new FormatException($"the snapshot of {Stream} is one of {new StreamId(header.Stream)}");
        Sequence = header.Sequence;
        SessionsOpenedBefore = header.SessionsOpenedBeforeUnixS;
        Era = header.Era;
        SettledJobs = header.SettledJobs;
        losses.AddRange(header.Losses);
        foreach (BookBalance balance in header.Balances)
        {
            if (balance.Book is < 1 or >= Book.KindCount)
                throw new FormatException($"the snapshot of {Stream} names book {balance.Book}, which this version does not know");
            totals[balance.Book] = balance.Amount;
        }
    }

    private static SnapshotAccount SnapshotOf(ClientAccount account)
    {
        SnapshotAccount record = new()
        {
            Account = ByteString.CopyFrom(account.Id.Value.AsSpan()),
            Balance = account.Balance.Value,
            Settled = account.Settled.Value,
            Ceiling = account.Ceiling,
            Wallet = account.Wallet,
            Request = account.Request,
        };
        if (account.Key is { } key)
            record.Key = ByteString.CopyFrom(key.Value.AsSpan());
        foreach (Purse purse in account.Purses.Values)
            record.Purses.Add(new SnapshotPurse { Terms = purse.Terms, Spent = purse.Spent.Value });
        foreach (Session session in account.Sessions.Values)
            record.Sessions.Add(SnapshotOf(session));
        record.CreditReferences.Add(account.CreditReferences);
        return record;
    }

    private static SnapshotSession SnapshotOf(Session session)
    {
        byte[] window = new byte[session.Window.Length * sizeof(ulong)];
        for (int i = 0; i < session.Window.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(window.AsSpan(i * sizeof(ulong)), session.Window[i]);
        SnapshotSession record = new()
        {
            Session = session.Id.Value,
            Highest = session.Highest,
            Window = UnsafeByteOperations.UnsafeWrap(window),
        };
        foreach ((long number, OpenJob job) in session.Open)
            record.OpenJobs.Add(new SnapshotOpenJob { Number = number, Instalment = job.Instalment, Total = job.Total });
        foreach (SettledJob job in session.Recent)
        {
            record.Recent.Add(job.Number);
            record.Recent.Add(job.Sequence);
        }

        return record;
    }

    private void Restore(SnapshotAccount record)
    {
        ClientAccount account = Account(AccountIdOf(record.Account));
        account.Key = record.Key.IsEmpty ? null : KeyOf(record.Key);
        account.Balance = new NanoTon(record.Balance);
        account.Settled = new NanoTon(record.Settled);
        account.Ceiling = record.Ceiling;
        account.Wallet = record.Wallet;
        if (record.Wallet is not null)
            Treasury?.Registered(account.Id, null, record.Wallet);
        account.Request = record.Request;
        foreach (SnapshotPurse purse in record.Purses)
            account.Purses.Add(purse.Terms.Purse, new Purse(purse.Terms, new NanoTon(purse.Spent)));
        foreach (SnapshotSession session in record.Sessions)
            account.Sessions.Add(session.Session, SessionFrom(session));
        account.CreditReferences.UnionWith(record.CreditReferences);
    }

    private static Session SessionFrom(SnapshotSession record)
    {
        ReadOnlySpan<byte> bytes = record.Window.Span;
        bool fits = bytes.Length is > 0 and <= ((JobId.WindowLength / 64) + 1) * sizeof(ulong) && bytes.Length % sizeof(ulong) == 0;
        if (!fits || record.Recent.Count % 2 != 0)
            throw new FormatException($"the snapshot's session {new SessionId(record.Session)} is malformed");
        ulong[] window = new ulong[bytes.Length / sizeof(ulong)];
        for (int i = 0; i < window.Length; i++)
            window[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * sizeof(ulong))..]);
        List<SettledJob> recent = new(record.Recent.Count / 2);
        for (int i = 0; i < record.Recent.Count; i += 2)
            recent.Add(new SettledJob(record.Recent[i], record.Recent[i + 1]));
        IEnumerable<KeyValuePair<long, OpenJob>> open = record.OpenJobs.Select(
            job => KeyValuePair.Create(job.Number, new OpenJob(job.Instalment, job.Total)));
        return new Session(new SessionId(record.Session), record.Highest, window, open, recent);
    }

    private static SnapshotWorker SnapshotOf(WorkerAccount worker) => new()
    {
        Worker = ByteString.CopyFrom(worker.Id.Value.AsSpan()),
        Balance = worker.Balance.Value,
        Earned = worker.Earned.Value,
        SinceUnixMs = worker.SinceUnixMs,
        Address = worker.Address,
        PendingAddress = worker.PendingAddress,
    };

    private static SnapshotPeer SnapshotOf(TransferPeer peer)
    {
        SnapshotPeer record = new()
        {
            Stream = peer.Stream.Number,
            LastSent = peer.LastSent,
            LastReceived = peer.LastReceived,
            InTransit = peer.InTransit.Value,
            Between = peer.Between.Value,
        };
        record.Outstanding.Add(peer.Outstanding);
        return record;
    }
}
