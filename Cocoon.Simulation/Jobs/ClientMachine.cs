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
    public AccountId Account { get; } = AccountId.Of(PeerIdentity.Client(parts.AccountOf(number)).PublicKey);

    /// <summary>The present life's actor.</summary>
    public Cocoon.Actors.Runtime.ActorRef<ClientEvent>? Client { get; private set; }

    protected override void Boot(NodeLife life)
        => Client = life.System.Spawn(
            "client",
            () => new ClientActor(
                life,
                number,
                parts,
                new SeededRandom(World.Options.Seed, ((ulong)Id << 24) + (ulong)Lives),
                () => World.Loop.Schedule("a client gives up its heads", TimeSpan.Zero, () => StartAnew(life))));

    protected override void Crashed()
    {
        Client = null;
        parts.Book.ForgetOpen(Id);
    }

    /// <summary>The operator has told of its loss: the client begins again, without what it remembers of the history that is gone.</summary>
    private void StartAnew(NodeLife life)
    {
        if (Life != life)
            return;
        World.Note(Id, "starts anew");
        Crash();
        World.Loop.Schedule("restart", TimeSpan.FromSeconds(1), Start);
    }

    protected override bool IsExpected(Exception failure) => false;
}

/// <summary>What all clients of a world share.</summary>
/// <param name="Proxies">Proxy nodes.</param>
/// <param name="Clients">Clients.</param>
/// <param name="Book">Told of every job.</param>
/// <param name="Mix">Which jobs are sent.</param>
/// <param name="CeilingHeadroom">Room to sign for beyond what was spent.</param>
/// <param name="ShowsHeads">Whether the newest signed heads are shown at every connection.</param>
/// <param name="Seal">Seals bodies and answers; null = in the clear.</param>
internal sealed record ClientParts(int Proxies, int Clients, JobBook Book, IJobMix Mix, NanoTon CeilingHeadroom, bool ShowsHeads, JobSeal? Seal)
{
    private const int GatewaysMin = 4;

    /// <summary>Whose account a client uses: the last two are gateways of one, in worlds of four clients or more.</summary>
    public int AccountOf(int client) => SharesPurse(client) ? Clients - 2 : client;

    /// <summary>Whether the client is one of the two gateways that share an account and a purse of it.</summary>
    public bool SharesPurse(int client) => Clients >= GatewaysMin && client >= Clients - 2;
}
