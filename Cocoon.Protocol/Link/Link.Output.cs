using System.Buffers;
using System.Buffers.Binary;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Protocol.Link;

public sealed partial class Link
{
    private const int SequenceOffset = 4;
    private const int LoadOffset = 12;

    private readonly OutputBuffer control = new();
    private readonly Queue<LinkStream> sendable = [];
    private uint sendSequence;
    private long connectionSendCredit;
    private ushort loadRunning;
    private ushort loadMax;

    /// <summary>Whether <see cref="Produce"/> has something to write now.</summary>
    public bool HasOutput => control.Length > 0 || (sendable.TryPeek(out LinkStream? next) && !IsBlockedByConnection(next));

    /// <summary>
    /// Writes what is to leave next, whole frames only: the link's own first, then the streams in turn, each for
    /// <see cref="LinkOptions.TurnBytes"/> at most. Stops at the first frame that would pass <paramref name="maxBytes"/>, but writes at least
    /// one. Returns the bytes written; 0 means there is nothing, or no credit.
    /// </summary>
    public int Produce(IBufferWriter<byte> output, int maxBytes)
    {
        int produced = ProduceRun(control, output, maxBytes, int.MaxValue);
        while (produced < maxBytes && control.Length == 0 && sendable.TryPeek(out LinkStream? stream))
        {
            if (stream.Output.Length > 0 && IsBlockedByConnection(stream))
                break;
            int run = ProduceRun(stream.Output, output, maxBytes - produced, options.TurnBytes, stream, produced > 0);
            if (run == 0 && stream.Output.Length > 0 && FrontCost(stream) <= stream.SendCredit)
                break;
            produced += run;
            sendable.Dequeue();
            stream.IsQueued = false;
            if (stream.Output.Length > 0 && FrontCost(stream) <= stream.SendCredit)
                MakeSendable(stream);
            TellWritable(stream);
        }

        return produced;
    }

    private int ProduceRun(
        OutputBuffer source, IBufferWriter<byte> output, int maxBytes, int turnBytes, LinkStream? stream = null, bool mayBeNone = false)
    {
        Span<byte> waiting = source.Waiting;
        int run = 0;
        bool ends = false;
        uint load = loadRunning | (uint)loadMax << 16;
        while (waiting.Length - run >= FrameHeader.Size)
        {
            Span<byte> frame = waiting[run..];
            FrameHeader header = FrameHeader.Read(frame);
            int size = FrameHeader.Size + header.Length;
            if (run + size > maxBytes && (run > 0 || mayBeNone))
                break;
            if (run > 0 && run + size > turnBytes)
                break;
            if (stream is not null && !TryCharge(stream, header))
                break;
            BinaryPrimitives.WriteUInt32LittleEndian(frame[SequenceOffset..], sendSequence++);
            BinaryPrimitives.WriteUInt32LittleEndian(frame[LoadOffset..], load);
            ends |= header.End;
            run += size;
        }

        if (run == 0)
            return 0;
        output.Write(waiting[..run]);
        source.Advance(run);
        if (stream is not null)
        {
            stream.OpenLeft = true;
            if (ends)
                EndLeft(stream);
        }

        return run;
    }

    /// <summary>
    /// A link that ends in good order loses nothing that its owner had said before, as far as there is credit for it: the last word of a job
    /// may have been queued just now.
    /// </summary>
    private void SayWhatWaits()
    {
        while (sendable.TryDequeue(out LinkStream? stream))
        {
            while (stream.Output.Length > 0 && control.Length <= options.ControlQueueBytes)
            {
                FrameHeader header = FrameHeader.Read(stream.Output.Waiting);
                if (!TryCharge(stream, header))
                    break;
                stream.Output.Waiting.Slice(FrameHeader.Size, header.Length).CopyTo(control.Append(header));
                stream.Output.Advance(FrameHeader.Size + header.Length);
            }
        }
    }

    private bool TryCharge(LinkStream stream, in FrameHeader header)
    {
        int cost = Cost(header);
        if (cost > stream.SendCredit || cost > connectionSendCredit)
            return false;
        stream.SendCredit -= cost;
        connectionSendCredit -= cost;
        return true;
    }

    private static int Cost(in FrameHeader header) => header.Kind is FrameKind.Part or FrameKind.Chunk ? header.Length : 0;

    private static int FrontCost(LinkStream stream) =>
        stream.Output.Length == 0 ? 0 : Cost(FrameHeader.Read(stream.Output.Waiting));

    private bool IsBlockedByConnection(LinkStream stream) => FrontCost(stream) > connectionSendCredit;

    private void EndLeft(LinkStream stream)
    {
        stream.LocalEndLeft = true;
        if (stream.PeerEnded)
            Remove(stream);
    }

    private void TellWritable(LinkStream stream)
    {
        if (!stream.IsFull || stream.Output.Length > options.StreamQueueBytes / 2)
            return;
        stream.IsFull = false;
        if (!stream.LocalEnded && streams.ContainsKey(stream.Number))
            handler.OnWritable(stream.Number);
    }

    private void ReturnConnectionCredit(long bytes)
    {
        connectionUnreturned += bytes;
        if (connectionUnreturned < options.ConnectionCreditBytes / 2)
            return;
        connectionReceiveCredit += connectionUnreturned;
        QueueCredit(0, connectionUnreturned);
        connectionUnreturned = 0;
    }

    private void QueueCredit(uint stream, long bytes)
    {
        if (HasControlRoom(4))
            BinaryPrimitives.WriteUInt32LittleEndian(control.Append(Header(stream, FrameKind.Credit, 4, false)), (uint)bytes);
    }

    private void QueueControl(uint stream, FrameKind kind, IMessage message, bool end)
    {
        int size = message.CalculateSize();
        if (size > FrameHeader.MaxBody)
            throw new ArgumentException($"{kind} has {size} bytes, at most {FrameHeader.MaxBody} fit a frame", nameof(message));
        if (HasControlRoom(size))
            message.WriteTo(control.Append(Header(stream, kind, size, end)));
    }

    private bool HasControlRoom(int size)
    {
        if (State == LinkState.Closed)
            return false;
        if (control.Length + FrameHeader.Size + size <= options.ControlQueueBytes)
            return true;
        Fail(LinkReason.Flood, $"{control.Length} bytes of answers wait and are not read");
        return false;
    }
}
