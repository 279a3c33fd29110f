using Cocoon.Protocol;

namespace Cocoon.Actors.Persistence;

/// <summary>Reads the events of a batch's body one after the other, without copying them.</summary>
public ref struct EventBody(StreamId stream, long firstSequence, ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> rest = body;
    private long sequence = firstSequence;

    /// <summary>The next event's bytes. False at the end; throws <see cref="StreamCorruptException"/> when a length is wrong.</summary>
    public bool TryRead(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (rest.IsEmpty)
            return false;
        int length = 0;
        int position = 0;
        for (int shift = 0; ; shift += 7)
        {
            if (position == rest.Length || shift > 28)
                throw new StreamCorruptException(stream, sequence, "the event's length is cut off");
            byte part = rest[position++];
            length |= (part & 0x7f) << shift;
            if (part < 0x80)
                break;
        }

        if (length < 0 || length > rest.Length - position)
            throw new StreamCorruptException(stream, sequence, $"the event claims {length} bytes of {rest.Length - position}");
        bytes = rest.Slice(position, length);
        rest = rest[(position + length)..];
        sequence++;
        return true;
    }
}
