using System.Buffers;
using System.Buffers.Binary;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Protocol.Link;

public sealed partial class Link
{
    private FrameReader reader;
    private long connectionReceiveCredit;
    private long connectionUnreturned;
    private int negotiatedVersion;

    /// <summary>
    /// Takes the whole frames off <paramref name="input"/> and tells the handler; returns where the rest begins, which the owner keeps and
    /// hands in again with more. A closed link takes everything.
    /// </summary>
    public SequencePosition Receive(in ReadOnlySequence<byte> input, long nowMs)
    {
        ReadOnlySequence<byte> rest = input;
        LinkReason reason = LinkReason.None;
        FrameHeader header = default;
        FrameHeader loaded = default;
        while (State != LinkState.Closed && reader.TryRead(ref rest, out header, out ReadOnlySequence<byte> body, out reason))
        {
            lastFrameMs = nowMs;
            if (header.MaxRunning != 0)
                loaded = header;
            if (State == LinkState.Ready)
                ReceiveFrame(header, body);
            else
                ReceiveHandshake(header, body);
        }

        NoteLoad(loaded);
        if (State != LinkState.Closed && reason != LinkReason.None)
            Fail(reason, $"frame {header.Sequence} of kind {(int)header.Kind} with {header.Length} bytes on stream {header.Stream}");
        return State == LinkState.Closed ? input.End : rest.Start;
    }

    /// <summary>Once for all frames that came together: only the newest report counts.</summary>
    private void NoteLoad(in FrameHeader header)
    {
        if (State == LinkState.Closed || header.MaxRunning == 0 || (header.Running == PeerRunning && header.MaxRunning == PeerMaxRunning))
            return;
        PeerRunning = header.Running;
        PeerMaxRunning = header.MaxRunning;
        handler.OnLoad(PeerRunning, PeerMaxRunning);
    }

    private void ReceiveFrame(in FrameHeader header, in ReadOnlySequence<byte> body)
    {
        switch (header.Kind)
        {
            case FrameKind.Part or FrameKind.Chunk:
                ReceiveData(header, body);
                break;
            case FrameKind.Open:
                ReceiveOpen(header, body);
                break;
            case FrameKind.Credit:
                ReceiveCredit(header, body);
                break;
            case FrameKind.Ping or FrameKind.Pong:
                ReceivePing(header, body);
                break;
            case FrameKind.Close when header.Stream == 0:
                ReceiveClose(body);
                break;
            case FrameKind.Hello or FrameKind.Welcome or FrameKind.Proof or FrameKind.Ready or FrameKind.Close:
                Fail(LinkReason.UnexpectedFrame, $"{header.Kind} on stream {header.Stream} after the handshake");
                break;
            default:
                ReceiveMessage(header, body);
                break;
        }
    }

    private void ReceiveData(in FrameHeader header, in ReadOnlySequence<byte> body)
    {
        if (header.Length == 0 && !header.End)
        {
            Fail(LinkReason.Malformed, $"an empty part on stream {header.Stream} that ends nothing");
            return;
        }

        if (header.Length > connectionReceiveCredit)
        {
            Fail(LinkReason.CreditExceeded, $"{header.Length} bytes on stream {header.Stream}, {connectionReceiveCredit} of the connection's credit left");
            return;
        }

        connectionReceiveCredit -= header.Length;
        if (!streams.TryGetValue(header.Stream, out LinkStream? stream))
        {
            if (RequireOpened(header))
                ReturnConnectionCredit(header.Length);
            return;
        }

        if (stream.PeerEnded || header.Length > stream.ReceiveCredit)
        {
            LinkReason reason = stream.PeerEnded ? LinkReason.StreamEnded : LinkReason.CreditExceeded;
            Fail(reason, $"{header.Length} bytes on stream {header.Stream}, {stream.ReceiveCredit} of its credit left");
            return;
        }

        stream.ReceiveCredit -= header.Length;
        stream.ReceivedBytes += header.Length;
        stream.PeerEnded = header.End;
        if (stream.ReceivedBytes > options.MaxBytes(stream.Kind))
        {
            RefuseStream(stream, LinkReason.StreamTooLong, $"more than {options.MaxBytes(stream.Kind)} bytes in one stream");
            ReturnConnectionCredit(header.Length);
        }
        else if (stream.LocalEnded && !stream.IsLocal)
        {
            // The answer is complete: what the asking side still sends has no reader.
            ReturnConnectionCredit(header.Length);
            EndReceived(stream);
        }
        else
        {
            stream.Unconsumed += header.Length;
            handler.OnData(header.Stream, header.Kind, body, header.End);
            EndReceived(stream);
        }
    }

    private void ReceiveOpen(in FrameHeader header, in ReadOnlySequence<byte> body)
    {
        bool isPeers = header.Stream != 0 && (header.Stream & 1) != (nextLocalStream & 1);
        if (!isPeers || header.Stream <= lastPeerStream)
        {
            Fail(LinkReason.StreamNumber, $"stream {header.Stream} opened after {lastPeerStream}");
            return;
        }

        if (body.IsEmpty)
        {
            Fail(LinkReason.Malformed, $"stream {header.Stream} opened without a kind");
            return;
        }

        lastPeerStream = header.Stream;
        StreamKind kind = (StreamKind)body.FirstSpan[0];
        LinkReason refusal = isDraining ? LinkReason.Draining
            : peerStreams >= options.MaxStreams ? LinkReason.TooManyStreams
            : !FrameMessages.IsKnown(kind) ? LinkReason.UnknownStreamKind
            : LinkReason.None;
        if (refusal != LinkReason.None)
        {
            QueueControl(header.Stream, FrameKind.Reset, new Reset { Reason = refusal, Detail = $"{peerStreams} streams open" }, true);
        }
        else if (!FrameMessages.TryParse(kind, body.Slice(1), out IMessage open))
        {
            Fail(LinkReason.Malformed, $"stream {header.Stream} of kind {kind} opened by something else than its message");
        }
        else
        {
            LinkStream stream = new(header.Stream, kind, false, peerSettings!.StreamCreditBytes, options.StreamCreditBytes) { PeerEnded = header.End };
            peerStreams++;
            streams.Add(stream.Number, stream);
            handler.OnOpen(stream.Number, kind, open, header.End);
        }
    }

    private void ReceiveMessage(in FrameHeader header, in ReadOnlySequence<byte> body)
    {
        LinkStream? stream = null;
        if (header.Stream != 0 && !streams.TryGetValue(header.Stream, out stream))
        {
            RequireOpened(header);
            return;
        }

        if (!FrameMessages.IsKnown(header.Kind))
        {
            Error error = new() { Reason = LinkReason.UnknownKind, Kind = (uint)header.Kind, Detail = $"version {negotiatedVersion} has no such message" };
            QueueControl(header.Stream, FrameKind.Error, error, false);
        }
        else if (header.Kind >= FrameKind.Open != (stream is not null) && header.Kind is not (FrameKind.Error or FrameKind.Moved or FrameKind.Reset))
        {
            Fail(LinkReason.UnexpectedFrame, $"{header.Kind} on stream {header.Stream}");
            return;
        }
        else if (stream is { PeerEnded: true } && header.Kind is not (FrameKind.Cancel or FrameKind.Reset or FrameKind.Error))
        {
            Fail(LinkReason.StreamEnded, $"{header.Kind} on stream {header.Stream} after its end");
            return;
        }
        else if (!FrameMessages.TryParse(header.Kind, body, out IMessage message))
        {
            Fail(LinkReason.Malformed, $"{header.Kind} on stream {header.Stream} is not its message");
            return;
        }
        else
        {
            DeliverMessage(header, stream, message);
        }

        if (stream is not null && header.End && State == LinkState.Ready)
        {
            stream.PeerEnded = true;
            EndReceived(stream);
        }
    }

    private void DeliverMessage(in FrameHeader header, LinkStream? stream, IMessage message)
    {
        if (message is Reset reset)
        {
            if (stream is null)
            {
                Fail(LinkReason.UnexpectedFrame, "Reset of the link itself");
                return;
            }

            Remove(stream);
            if (stream.IsLocal || !stream.LocalEnded)
                handler.OnReset(header.Stream, reset.Reason, Clip(reset.Detail));
            return;
        }

        peerDrains |= message is Drain;
        if (stream is not { LocalEnded: true, IsLocal: false } || header.Kind is FrameKind.Cancel)
            handler.OnMessage(header.Stream, header.Kind, message, header.End);
    }

    private void ReceiveCredit(in FrameHeader header, in ReadOnlySequence<byte> body)
    {
        if (!TryReadUInt32(body, out uint bytes) || bytes == 0)
        {
            Fail(LinkReason.Malformed, $"credit of {header.Length} bytes on stream {header.Stream}");
            return;
        }

        LinkStream? stream = null;
        if (header.Stream != 0 && !streams.TryGetValue(header.Stream, out stream))
        {
            RequireOpened(header);
            return;
        }

        long credit = (stream?.SendCredit ?? connectionSendCredit) + bytes;
        if (credit > LinkOptions.MaxCreditBytes)
            Fail(LinkReason.CreditOverflow, $"credit of {credit} bytes on stream {header.Stream}");
        else if (stream is null)
            connectionSendCredit = credit;
        else
            stream.SendCredit = credit;
        if (State == LinkState.Ready && stream is { Output.Length: > 0 })
            MakeSendable(stream);
    }

    private void ReceiveClose(in ReadOnlySequence<byte> body)
    {
        if (!FrameMessages.TryParse(FrameKind.Close, body, out IMessage message))
        {
            Fail(LinkReason.Malformed, "Close is not its message");
            return;
        }

        Close close = (Close)message;
        control.Clear();
        Finish(new LinkEnd(close.Reason, Clip(close.Detail), true, (long)Math.Min(close.RetryAfterMs, long.MaxValue)));
    }

    /// <summary>Frames may still be under way to a stream that is gone here; to one that never was they are a fault.</summary>
    private bool RequireOpened(in FrameHeader header)
    {
        bool isLocal = (header.Stream & 1) == (nextLocalStream & 1);
        bool wasOpened = header.Stream != 0 && (isLocal ? header.Stream < nextLocalStream : header.Stream <= lastPeerStream);
        if (!wasOpened)
            Fail(LinkReason.UnknownStream, $"{header.Kind} on stream {header.Stream}, which was never opened");
        return wasOpened;
    }

    private void RefuseStream(LinkStream stream, LinkReason reason, string detail)
    {
        QueueControl(stream.Number, FrameKind.Reset, new Reset { Reason = reason, Detail = detail }, true);
        Remove(stream);
        handler.OnReset(stream.Number, reason, detail);
    }

    /// <summary>After the other side's last frame: an answer's end is the end of the stream, a question's end is so once it is answered.</summary>
    private void EndReceived(LinkStream stream)
    {
        if (!stream.PeerEnded || State != LinkState.Ready || !streams.ContainsKey(stream.Number))
            return;
        if (stream.IsLocal && !stream.LocalEndLeft)
            QueueControl(stream.Number, FrameKind.Reset, new Reset { Reason = LinkReason.Done }, true);
        if (stream.IsLocal || stream.LocalEndLeft)
            Remove(stream);
    }

    private static bool TryReadUInt32(in ReadOnlySequence<byte> body, out uint value)
    {
        Span<byte> copy = stackalloc byte[4];
        value = 0;
        if (body.Length != 4)
            return false;
        body.CopyTo(copy);
        value = BinaryPrimitives.ReadUInt32LittleEndian(copy);
        return true;
    }
}
