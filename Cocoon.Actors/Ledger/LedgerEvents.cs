using Cocoon.Protocol.Journal;
using Google.Protobuf;

namespace Cocoon.Actors.Ledger;

/// <summary>The bytes of ledger events: protobuf as in <c>journal.proto</c>, in a batch each preceded by its length as a varint.</summary>
public static class LedgerEvents
{
    /// <summary>Longest event that is written or read: 1 MiB.</summary>
    public const int LengthMax = 1 << 20;

    /// <summary>The bytes of one event, without a length.</summary>
    public static byte[] Encode(LedgerEvent ledgerEvent) => ledgerEvent.ToByteArray();

    /// <summary>
    /// Reads one event. Throws <see cref="InvalidProtocolBufferException"/> when the bytes are not one, and
    /// <see cref="NotSupportedException"/> when it is of a kind that this version does not know.
    /// </summary>
    public static LedgerEvent Decode(ReadOnlySpan<byte> bytes)
    {
        LedgerEvent ledgerEvent = new();
        ledgerEvent.MergeFrom(bytes);
        if (ledgerEvent.KindCase == LedgerEvent.KindOneofCase.None)
        {
            throw new NotSupportedException(
                "the journal holds an event that this version does not know; run the version that wrote it, or a newer one");
        }

        return ledgerEvent;
    }

    /// <summary>Events as the body of a batch.</summary>
    public static byte[] EncodeBody(IReadOnlyCollection<LedgerEvent> events)
    {
        int length = 0;
        foreach (LedgerEvent ledgerEvent in events)
            length += CodedOutputStream.ComputeMessageSize(ledgerEvent);
        byte[] body = new byte[length];
        CodedOutputStream output = new(body);
        foreach (LedgerEvent ledgerEvent in events)
            output.WriteMessage(ledgerEvent);
        output.CheckNoSpaceLeft();
        return body;
    }

    /// <summary>
    /// The next event's bytes of a batch's body, which is shortened by them; false at its end. Throws <see cref="FormatException"/> when
    /// a length runs past the body or beyond <see cref="LengthMax"/>.
    /// </summary>
    public static bool TryNext(ref ReadOnlySpan<byte> body, out ReadOnlySpan<byte> ledgerEvent)
    {
        ledgerEvent = default;
        if (body.IsEmpty)
            return false;
        int length = 0;
        int shift = 0;
        int read = 0;
        byte next;
        do
        {
            if (read == body.Length || shift > 21)
                throw new FormatException("a batch's body ends within the length of an event");
            next = body[read++];
            length |= (next & 0x7f) << shift;
            shift += 7;
        }
        while (next >= 0x80);

        if (length > LengthMax || length > body.Length - read)
            throw new FormatException($"an event of {length} bytes does not fit into the {body.Length - read} bytes left of its batch");
        ledgerEvent = body.Slice(read, length);
        body = body[(read + length)..];
        return true;
    }
}
