using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Simulation.Network;

/// <summary>Setting up one connection: the dialer's end exists at once, the listener's after a round trip's half.</summary>
internal static class SimulatedConnection
{
    /// <summary>Dials; a host that is down or does not listen refuses.</summary>
    public static ILink Dial(SimulatedNetwork network, SimulatedScheduler dialer, DialTarget target, Func<ILink, ILinkHandler> owner)
    {
        ChannelKeys channel = new(Draw(network), Draw(network), Draw(network));
        ConnectionEnd near = new(network, dialer);
        near.Begin(Setup(LinkSide.Dialer, target.Identity, near, channel) with { ExpectedPeer = target.ExpectedPeer }, owner(near));
        int node = network.Listener(target.Host)?.Host.Node ?? -1;
        network.Loop.Schedule(
            $"connect {dialer.Node} to {target.Host}", network.Latency(dialer.Node, node), () => Connect(network, near, target.Host, channel));
        return near;
    }

    private static void Connect(SimulatedNetwork network, ConnectionEnd near, string host, ChannelKeys channel)
    {
        if (near.Host.HasCrashed)
            return;
        SimulatedNetwork.Listening? listening = network.Listener(host);
        if (listening is null || network.IsParted(near.Host.Node, listening.Host.Node))
        {
            near.CutLater($"{host} refused the connection");
            return;
        }

        ConnectionEnd far = new(network, listening.Host);
        far.Join(near);
        far.Begin(Setup(LinkSide.Listener, listening.Target.Identity(), far, channel), listening.Accept(far));
        near.Join(far);
    }

    private static LinkSetup Setup(LinkSide side, LinkIdentity identity, ConnectionEnd end, ChannelKeys channel) => new()
    {
        Side = side,
        Identity = identity,
        Verifier = SimulatedSigner.Verifier,
        Nonce = Draw(end.Network),
        Channel = channel,
        UnixSeconds = end.Host.UtcNow.ToUnixTimeSeconds(),
    };

    private static Bytes32 Draw(SimulatedNetwork network)
    {
        Bytes32 bytes = default;
        network.Chance.Fill(bytes);
        return bytes;
    }
}
