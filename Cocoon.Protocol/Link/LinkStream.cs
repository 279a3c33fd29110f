using Cocoon.Protocol.Frames;

namespace Cocoon.Protocol.Link;

/// <summary>One stream's state on one side.</summary>
internal sealed class LinkStream(uint number, StreamKind kind, bool isLocal, long sendCredit, long receiveCredit)
{
    public uint Number { get; } = number;

    public StreamKind Kind { get; } = kind;

    /// <summary>Opened by this side.</summary>
    public bool IsLocal { get; } = isLocal;

    public OutputBuffer Output { get; } = new();

    /// <summary>Data bytes this side may still send.</summary>
    public long SendCredit { get; set; } = sendCredit;

    /// <summary>Data bytes the other side may still send.</summary>
    public long ReceiveCredit { get; set; } = receiveCredit;

    /// <summary>Data bytes handed to the owner and not consumed.</summary>
    public long Unconsumed { get; set; }

    /// <summary>Data bytes consumed and not yet given back as credit.</summary>
    public long Unreturned { get; set; }

    public long SentBytes { get; set; }

    public long ReceivedBytes { get; set; }

    /// <summary>Waits in the round for its turn.</summary>
    public bool IsQueued { get; set; }

    /// <summary>The owner was told that the queue is full.</summary>
    public bool IsFull { get; set; }

    /// <summary>The Open frame has left, or came from the other side: both sides know the stream.</summary>
    public bool OpenLeft { get; set; } = !isLocal;

    /// <summary>The owner has sent its last data or message.</summary>
    public bool LocalEnded { get; set; }

    /// <summary>That last frame has left.</summary>
    public bool LocalEndLeft { get; set; }

    public bool PeerEnded { get; set; }
}
