using System.Globalization;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Simulation.Network;

namespace Cocoon.Simulation.Peers;

/// <summary>The keys of a world: one operator, its certified nodes, clients and workers. The same numbers are the same keys in every world.</summary>
internal static class PeerIdentity
{
    private const int Port = 7000;
    private static readonly SimulatedSigner Operator = SimulatedSigner.Of("operator", 0);
    public static readonly Scope Scope = new(NetworkId.Of("cocoon-simulation"), Operator.PublicKey);

    /// <summary>The operator's key.</summary>
    public static PublicKey OperatorKey => Operator.PublicKey;

    /// <summary>Name of a proxy's host.</summary>
    public static string ProxyName(int number) => string.Create(CultureInfo.InvariantCulture, $"proxy-{number}");

    /// <summary>A client's identity; its account follows from it.</summary>
    public static LinkIdentity Client(int number) => new() { Role = Role.Client, Scope = Scope, Signer = SimulatedSigner.Of("client", number) };

    /// <summary>A worker's identity.</summary>
    public static LinkIdentity Worker(int number) => new() { Role = Role.Worker, Scope = Scope, Signer = SimulatedSigner.Of("worker", number) };

    /// <summary>A proxy's identity, with its operator's certificate.</summary>
    public static LinkIdentity Proxy(int number)
    {
        SimulatedSigner signer = SimulatedSigner.Of("proxy", number);
        NodeCertificate certificate = new(Scope, signer.PublicKey, 1 + number, new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds());
        return new LinkIdentity
        {
            Role = Role.Proxy,
            Scope = Scope,
            Signer = signer,
            Certificate = Statements.Sign(Operator, certificate.ToStatement()),
        };
    }

    /// <summary>Dials a proxy by its host's name.</summary>
    public static PeerLink Dial(ITransport transport, Cocoon.Actors.Runtime.ActorRef<PeerEvent> owner, string host, LinkIdentity identity)
    {
        PeerLink handler = new(owner, host);
        transport.Dial(new DialTarget(host, Port, identity), link =>
        {
            handler.Attach(link);
            return handler;
        });
        return handler;
    }

    /// <summary>Accepts links for an actor.</summary>
    public static void Listen(ITransport transport, Cocoon.Actors.Runtime.ActorRef<PeerEvent> owner, string host, LinkIdentity identity)
        => transport.Listen(new ListenTarget(host, Port, () => identity), link =>
        {
            PeerLink handler = new(owner, string.Empty);
            handler.Attach(link);
            return handler;
        });
}
