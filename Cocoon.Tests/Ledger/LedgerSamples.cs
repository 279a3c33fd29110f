using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Actors.Ledger;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Tests.Ledger;

/// <summary>Identities and events by number, for tests of the ledger.</summary>
internal static class LedgerSamples
{
    public static readonly SessionId Session = SessionId.Open(1_800_000_000, 7);

    public static Bytes32 Identity(string name)
    {
        Bytes32 bytes = default;
        SHA256.HashData(Encoding.UTF8.GetBytes(name), bytes);
        return bytes;
    }

    public static ByteString Bytes(string name) => ByteString.CopyFrom(Identity(name).AsSpan());

    public static ByteString Bytes(Bytes32 identity) => ByteString.CopyFrom(identity.AsSpan());

    public static AccountId Account(int number) => new(Identity($"account {number}"));

    public static PublicKey Worker(int number) => new(Identity($"worker {number}"));

    /// <summary>A worker earns, out of the operator's own money: no client and no balance are needed for it.</summary>
    public static BookEvent Earn(AccountId account, long number, PublicKey worker, NanoTon amount) => new(
        new LedgerEvent
        {
            HedgePaid = new HedgePaid { Account = Bytes(account.Value), Session = Session.Value, Number = number, Worker = Bytes(worker.Value), Amount = amount.Value },
        },
        default);

    public static LedgerEvent Credit(int account, long amount, string reference = "") => new()
    {
        OperatorCredited = new OperatorCredited { Account = Bytes(Account(account).Value), Amount = amount, Reference = reference },
    };

    public static LedgerEvent Settle(
        int account, long number, int instalment, long price, long total, bool final, ulong purse = 0, SessionId? session = null) => new()
        {
            TimeUnixMs = 1_800_000_000_000 + number,
            Settlement = new Settlement
            {
                Account = Bytes(Account(account).Value),
                Session = (session ?? Session).Value,
                Number = number,
                Instalment = instalment,
                Final = final,
                Worker = Bytes(Worker(account % 3).Value),
                Price = price,
                Commission = price / 20,
                Total = total,
                Purse = purse,
                Model = "tiny",
            },
        };

    /// <summary>The event as it comes back from a journal.</summary>
    public static LedgerEvent ThroughBytes(LedgerEvent ledgerEvent, StreamId stream)
    {
        LedgerFold fold = new(stream);
        ArrayBufferWriter<byte> buffer = new();
        fold.EncodeEvent(ledgerEvent, buffer);
        return fold.DecodeEvent(buffer.WrittenSpan);
    }

    public static byte[] Snapshot(LedgerState state)
    {
        ArrayBufferWriter<byte> buffer = new();
        state.WriteSnapshot(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
