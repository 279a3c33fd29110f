using System.Buffers;

namespace Cocoon.Actors.Persistence;

/// <summary>Encoded events of the next batch, each behind its length as a protobuf varint. Reused from batch to batch.</summary>
internal sealed class EventBuffer
{
    private readonly ArrayBufferWriter<byte> bytes = new(256);
    private readonly ArrayBufferWriter<byte> one = new(256);

    public int Count { get; private set; }

    public long FirstSequence { get; set; }

    public ReadOnlyMemory<byte> Bytes => bytes.WrittenMemory;

    public void Add<TEvent, TState>(TEvent @event, IEventFold<TEvent, TState> fold)
    {
        one.ResetWrittenCount();
        fold.EncodeEvent(@event, one);
        WriteLength(one.WrittenCount);
        bytes.Write(one.WrittenSpan);
        Count++;
    }

    public void Clear()
    {
        bytes.ResetWrittenCount();
        Count = 0;
    }

    private void WriteLength(int length)
    {
        Span<byte> target = bytes.GetSpan(5);
        int written = 0;
        for (uint left = (uint)length; ; left >>= 7)
        {
            if (left < 0x80)
            {
                target[written++] = (byte)left;
                break;
            }

            target[written++] = (byte)(left | 0x80);
        }

        bytes.Advance(written);
    }
}
