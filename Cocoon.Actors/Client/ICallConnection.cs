using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Client;

/// <summary>A client's connection to a proxy node, as its jobs see it.</summary>
internal interface ICallConnection
{
    /// <summary>The link.</summary>
    ILink Link { get; }

    /// <summary>Opens a stream; 0 when the link takes none. The owner hears of everything on it, and of the link's end.</summary>
    uint Open(StreamKind kind, IMessage open, IStreamOwner owner, bool end);

    /// <summary>What still comes on the stream concerns nobody.</summary>
    void Forget(uint stream);
}

/// <summary>Whose stream it is.</summary>
internal interface IStreamOwner
{
    /// <summary>A data frame's body, which is the owner's from now on.</summary>
    void OnData(byte[] body);

    /// <summary>A message on the stream.</summary>
    void OnMessage(IMessage message);

    /// <summary>The stream takes data again.</summary>
    void OnWritable();

    /// <summary>The other side gave the stream up; the link goes on.</summary>
    void OnReset(LinkReason reason, string detail);

    /// <summary>The stream is gone with its link.</summary>
    void OnLost(string why);
}
