using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Wire;

/// <summary>One call to a link's handler, noted under the link's lock and made outside of it.</summary>
internal readonly record struct LinkEvent(LinkEventKind Kind, uint Stream, byte What, bool End, object? Payload, ReadOnlySequence<byte> Body)
{
    public void Deliver(ILinkHandler handler)
    {
        switch (Kind)
        {
            case LinkEventKind.Data:
                handler.OnData(Stream, (FrameKind)What, Body, End);
                break;
            case LinkEventKind.Message:
                handler.OnMessage(Stream, (FrameKind)What, (IMessage)Payload!, End);
                break;
            case LinkEventKind.Open:
                handler.OnOpen(Stream, (StreamKind)What, (IMessage)Payload!, End);
                break;
            case LinkEventKind.Writable:
                handler.OnWritable(Stream);
                break;
            case LinkEventKind.Reset:
                Reset reset = (Reset)Payload!;
                handler.OnReset(Stream, reset.Reason, reset.Detail);
                break;
            case LinkEventKind.Load:
                handler.OnLoad((int)(Stream >> 16), (int)(Stream & 0xFFFF));
                break;
            case LinkEventKind.Peer:
                handler.OnPeer((LinkPeer)Payload!);
                break;
            case LinkEventKind.Ready:
                handler.OnReady();
                break;
            case LinkEventKind.Closed:
                handler.OnClosed((LinkEnd)Payload!);
                break;
        }
    }
}

/// <summary>Which call of <see cref="ILinkHandler"/>.</summary>
internal enum LinkEventKind : byte
{
    Data,
    Message,
    Open,
    Writable,
    Reset,
    Load,
    Peer,
    Ready,
    Closed,
}
