namespace Cocoon.Simulation.Ledger;

/// <summary>
/// Mistakes that a world can be given to show that its invariants find them. None is a switch in production code: each is a port that
/// lies, wrapped around the true one.
/// </summary>
[Flags]
internal enum DeliberateBugs
{
    None = 0,

    /// <summary>The journal says Durable when the write has only been sent.</summary>
    AcknowledgedBeforeDurable = 1,

    /// <summary>Snapshots are saved before their events are durable.</summary>
    SnapshotBeforeDurable = 2,

    /// <summary>Raising the epoch changes nothing, so that a write of unknown fate may land after the recovery.</summary>
    RecoveryWithoutNewEpoch = 4,

    /// <summary>The store checks only the primary key.</summary>
    NoFence = 8,

    /// <summary>A transfer that is sent again also comes under a new number.</summary>
    TransferCreditedTwice = 16,

    /// <summary>What a job did not use stays reserved when it ends without a settlement.</summary>
    ReservationLeakedOnCancel = 32,

    /// <summary>What runs on a worker is still counted when the connection to it is lost.</summary>
    InFlightKeptOnLostLink = 64,

    /// <summary>After a reconnect a chunk goes out twice, under two numbers.</summary>
    ChunkDeliveredTwice = 128,

    /// <summary>A settled job that is sent again is admitted and run.</summary>
    SettledJobRunsAgain = 256,

    /// <summary>The loser of a hedge is paid twice.</summary>
    HedgeChargedTwice = 512,

    /// <summary>A job that a client comes back for goes on whichever run of it the client has heard.</summary>
    RunsNotCompared = 1024,
}
