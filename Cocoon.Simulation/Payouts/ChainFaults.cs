namespace Cocoon.Simulation.Payouts;

/// <summary>How the chain and its API behave. Rates are per million messages, blocks or calls.</summary>
public sealed record ChainFaults
{
    /// <summary>A chain in good health: every message is in the next block, the API answers and is up to date.</summary>
    public static readonly ChainFaults None = new();

    /// <summary>Everything that can go wrong does.</summary>
    public static readonly ChainFaults All = new()
    {
        Lost = 300_000,
        Unlucky = 150_000,
        Late = 150_000,
        Replayed = 150_000,
        FailedBatch = 20_000,
        Unavailable = 40_000,
        LostAnswer = 100_000,
        Busy = 30_000,
        Lagging = 200_000,
        Reordered = 60_000,
        Outage = 10_000,
    };

    /// <summary>Accepted messages that never get into a block.</summary>
    public int Lost { get; init; }

    /// <summary>Batches of which no copy gets into a block, or one in the last second in which it is valid.</summary>
    public int Unlucky { get; init; }

    /// <summary>Accepted messages that get into a block up to 25 seconds later, about when they expire.</summary>
    public int Late { get; init; }

    /// <summary>Messages that somebody sends again up to a minute later.</summary>
    public int Replayed { get; init; }

    /// <summary>Batches that the wallet runs and that send nothing, or (V5R1) leave out a payout.</summary>
    public int FailedBatch { get; init; }

    /// <summary>Calls that are not answered and did nothing.</summary>
    public int Unavailable { get; init; }

    /// <summary>Sends that arrive and whose answer is lost.</summary>
    public int LostAnswer { get; init; }

    /// <summary>Sends that the node refuses for having too many.</summary>
    public int Busy { get; init; }

    /// <summary>Readings from a server that is up to 15 blocks behind.</summary>
    public int Lagging { get; init; }

    /// <summary>Readings in which transactions are swapped or left out.</summary>
    public int Reordered { get; init; }

    /// <summary>Blocks after which the API is out of reach for up to 10 seconds.</summary>
    public int Outage { get; init; }
}
