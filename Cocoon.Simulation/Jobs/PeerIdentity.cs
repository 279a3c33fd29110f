using System.Globalization;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Simulation.Network;

namespace Cocoon.Simulation.Jobs;

/// <summary>The keys of a world: one operator, its certified nodes, clients and workers. The same numbers are the same keys in every world.</summary>
internal static class PeerIdentity
{
    public const int Port = 7000;
    private static readonly SimulatedSigner Operator = SimulatedSigner.Of("operator", 0);
    public static readonly Scope Scope = new(NetworkId.Of("cocoon-simulation"), Operator.PublicKey);

    /// <summary>Name of a proxy's host.</summary>
    public static string ProxyName(int number) => string.Create(CultureInfo.InvariantCulture, $"proxy-{number}");

    /// <summary>A client's key; its account follows from it.</summary>
    public static SimulatedSigner Client(int number) => SimulatedSigner.Of("client", number);

    /// <summary>A worker's key.</summary>
    public static SimulatedSigner Worker(int number) => SimulatedSigner.Of("worker", number);

    /// <summary>A proxy's identity, with its operator's certificate.</summary>
    public static LinkIdentity Proxy(int number)
    {
        SimulatedSigner signer = SimulatedSigner.Of("proxy", number);
        long until = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        NodeCertificate certificate = new(Scope, signer.PublicKey, 1 + number, until);
        return new LinkIdentity
        {
            Role = Role.Proxy,
            Scope = Scope,
            Signer = signer,
            Certificate = Statements.Sign(Operator, certificate.ToStatement()),
        };
    }

    /// <summary>How a worker dials each proxy of its world.</summary>
    public static IReadOnlyList<DialTarget> ProxiesOf(int proxies, int worker)
    {
        LinkIdentity identity = new() { Role = Role.Worker, Scope = Scope, Signer = Worker(worker) };
        return [.. Enumerable.Range(0, proxies).Select(number => new DialTarget(ProxyName(number), Port, identity))];
    }
}
