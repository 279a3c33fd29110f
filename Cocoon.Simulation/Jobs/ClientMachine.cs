using System.Globalization;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Jobs;

/// <summary>A client's machine: a gateway or an application, with one account.</summary>
internal sealed class ClientMachine(World world, int id, int number, ClientParts parts)
    : WorldNode(world, id, string.Create(CultureInfo.InvariantCulture, $"client-{number}"))
{
    /// <summary>Its account.</summary>
    public AccountId Account { get; } = AccountId.Of(PeerIdentity.Client(number).PublicKey);

    /// <summary>The present life's actor.</summary>
    public Cocoon.Actors.Runtime.ActorRef<ClientEvent>? Client { get; private set; }

    protected override void Boot(NodeLife life)
        => Client = life.System.Spawn(
            "client", () => new ClientActor(life, number, parts, new SeededRandom(World.Options.Seed, ((ulong)Id << 24) + (ulong)Lives)));

    protected override void Crashed()
    {
        Client = null;
        parts.Book.ForgetOpen(Account);
    }

    protected override bool IsExpected(Exception failure) => false;
}

/// <summary>What all clients of a world share.</summary>
/// <param name="Proxies">Proxy nodes.</param>
/// <param name="Book">Told of every job.</param>
/// <param name="Mix">Which jobs are sent.</param>
/// <param name="CeilingHeadroom">Room to sign for beyond what was spent.</param>
/// <param name="ShowsHeads">Whether the newest signed heads are shown at every connection.</param>
/// <param name="Seal">Seals bodies and answers; null = in the clear.</param>
internal sealed record ClientParts(int Proxies, JobBook Book, IJobMix Mix, NanoTon CeilingHeadroom, bool ShowsHeads, JobSeal? Seal);
