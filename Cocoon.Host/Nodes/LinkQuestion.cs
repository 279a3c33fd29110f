using System.Buffers;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Host.Nodes;

/// <summary>One question to a proxy node on a connection of its own.</summary>
/// <typeparam name="TAnswer">What comes back.</typeparam>
internal sealed class LinkQuestion<TAnswer> : ILinkHandler
    where TAnswer : class
{
    private readonly TaskCompletionSource<TAnswer> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<LinkPeer, TAnswer?> fromPeer;
    private readonly (FrameKind Kind, IMessage Message)? question;
    private readonly ILink link;
    private readonly string node;

    private LinkQuestion(ILink link, string node, Func<LinkPeer, TAnswer?> fromPeer, (FrameKind Kind, IMessage Message)? question)
    {
        this.link = link;
        this.node = node;
        this.fromPeer = fromPeer;
        this.question = question;
    }

    /// <summary>
    /// Dials, asks, and hangs up. The answer may already lie in who the node proves to be. Throws <see cref="IOException"/> when there is none.
    /// </summary>
    /// <param name="transport">How to dial.</param>
    /// <param name="target">Whom, as whom.</param>
    /// <param name="fromPeer">The answer that the peer's proof holds, or null: then <paramref name="question"/> is asked.</param>
    /// <param name="question">What to ask.</param>
    /// <param name="patience">How long to wait for all of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TAnswer> AskAsync(
        ITransport transport,
        DialTarget target,
        Func<LinkPeer, TAnswer?> fromPeer,
        (FrameKind Kind, IMessage Message)? question,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        LinkQuestion<TAnswer> asked = null!;
        string node = $"{target.Host}:{target.Port}";
        ILink link = transport.Dial(target, made => asked = new LinkQuestion<TAnswer>(made, node, fromPeer, question));
        try
        {
            return await asked.answer.Task.WaitAsync(patience, cancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new IOException($"{node} does not answer within {patience.TotalSeconds:0} s", late);
        }
        finally
        {
            link.Close(LinkReason.Done, "asked and answered");
        }
    }

    public void OnPeer(LinkPeer peer)
    {
        if (peer.Role != Role.Proxy)
            answer.TrySetException(new IOException($"{node} is a {peer.Role}, not a proxy"));
        else if (fromPeer(peer) is { } known)
            answer.TrySetResult(known);
        else
            link.Admit();
    }

    public void OnReady()
    {
        if (question is { } asked)
            link.Send(0, asked.Kind, asked.Message, end: false);
    }

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end) => link.Reset(stream, LinkReason.UnknownStreamKind, "here is only a question");

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
    {
    }

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end)
    {
        if (message is TAnswer wanted)
            answer.TrySetResult(wanted);
    }

    public void OnReset(uint stream, LinkReason reason, string detail)
    {
    }

    public void OnWritable(uint stream)
    {
    }

    public void OnLoad(int running, int max)
    {
    }

    public void OnClosed(LinkEnd end) => answer.TrySetException(new IOException(end.Reason switch
    {
        LinkReason.Network => $"{node} belongs to another network: set network.id (of join: --network) to its name",
        LinkReason.Operator => $"{node} belongs to another operator than the one asked for",
        LinkReason.Transport => $"{end.Detail.TrimEnd('.')}: is that the address of a running proxy?",
        _ => $"{node}: {end.Reason} {end.Detail}",
    }));
}
