using System.Globalization;
using Cocoon.Protocol.Identity;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Peers;

/// <summary>A client: a gateway or an application, with one account.</summary>
internal sealed class ClientNode(World world, int id, int number, JobBook book)
    : WorldNode(world, id, string.Create(CultureInfo.InvariantCulture, $"client-{number}"))
{
    /// <summary>Its account.</summary>
    public AccountId Account { get; } = AccountId.Of(PeerIdentity.Client(number).Signer.PublicKey);

    protected override void Boot(NodeLife life)
        => life.System.Spawn(
            "client", () => new ClientPeer(World, life, number, book, new SeededRandom(World.Options.Seed, ((ulong)Id << 24) + (ulong)Lives)));

    protected override void Crashed() => book.ForgetOpen(Account);

    protected override bool IsExpected(Exception failure) => false;
}
