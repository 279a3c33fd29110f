using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;

namespace Cocoon.Actors.Ports;

/// <summary>
/// Makes links to other nodes. Whatever carries the bytes, each link is a <see cref="Link"/> on both ends; how to come back after one ends
/// is for the caller, see <see cref="Backoff"/>.
/// </summary>
public interface ITransport
{
    /// <summary>
    /// Dials once. <paramref name="owner"/> gives the link its handler before anything happens on it. The handler hears
    /// <see cref="ILinkHandler.OnPeer"/> and <see cref="ILinkHandler.OnReady"/>, and in every case <see cref="ILinkHandler.OnClosed"/> at the
    /// end. The link takes nothing before it is ready.
    /// </summary>
    ILink Dial(DialTarget target, Func<ILink, ILinkHandler> owner);

    /// <summary>
    /// Listens from now on; <paramref name="owner"/> gives each new link its handler before anything happens on it. Throws
    /// <see cref="TransportException"/> when the address cannot be listened on.
    /// </summary>
    IListening Listen(ListenTarget target, Func<ILink, ILinkHandler> owner);
}

/// <summary>Whom to dial, as whom.</summary>
/// <param name="Host">DNS name, IPv4 or IPv6 address.</param>
/// <param name="Port">Port, 1 to 65,535.</param>
/// <param name="Identity">Who dials.</param>
public sealed record DialTarget(string Host, int Port, LinkIdentity Identity)
{
    /// <summary>The key that must answer; null = any node that the operator certified.</summary>
    public PublicKey? ExpectedPeer { get; init; }
}

/// <summary>Where to listen, as whom.</summary>
/// <param name="Host">Address to bind: <c>0.0.0.0</c>, <c>::</c> (both families), or one address or name of this machine.</param>
/// <param name="Port">Port; 0 = one that is free.</param>
/// <param name="Identity">Asked for every new link, so that heads and certificate are the newest.</param>
public sealed record ListenTarget(string Host, int Port, Func<LinkIdentity> Identity);

/// <summary>A port that is listened on until this is disposed; links that were made stay.</summary>
public interface IListening : IAsyncDisposable
{
    /// <summary>The address as bound.</summary>
    string Host { get; }

    /// <summary>The port as bound.</summary>
    int Port { get; }
}

/// <summary>An address cannot be used; the message says which and what to do.</summary>
public sealed class TransportException(string message, Exception? inner = null) : Exception(message, inner);
