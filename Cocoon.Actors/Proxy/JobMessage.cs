using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>What a <see cref="JobActor"/> hears.</summary>
internal abstract record JobMessage
{
    private JobMessage()
    {
    }

    // From the client.
    public sealed record BodyPart(byte[] Bytes, bool End) : JobMessage;

    public sealed record ClientCancelled(string Why) : JobMessage;

    /// <summary>The client's connection ended; on purpose when the client said goodbye, and then it will not be back for the job.</summary>
    public sealed record ClientLost(ClientLink Link, bool OnPurpose) : JobMessage;

    public sealed record ClientWritable(ClientLink Link) : JobMessage;

    /// <summary>The client came back; with 0 for a run that it has heard nothing of.</summary>
    public sealed record Resumed(ClientLink Link, uint Stream, long NextChunk, ulong Run) : JobMessage;

    // From the shard.
    public sealed record Admitted(ReserveAnswer Answer) : JobMessage;

    public sealed record NotAdmitted(JobError Error) : JobMessage;

    public sealed record Settled(int Instalment, SettleAnswer Answer) : JobMessage;

    public sealed record ShardGone : JobMessage;

    public sealed record NodeStops : JobMessage;

    // From the fleet.
    public sealed record Acquired(AcquireAnswer Answer) : JobMessage;

    // From a worker.
    public sealed record WorkerChunk(int Attempt, byte[] Body, int Length) : JobMessage
    {
        /// <summary>Where bodies are from, and where who is done with one gives it back; 4 MiB are kept.</summary>
        public static readonly RecycledArrays Bodies = new(512, keptMax: 8192);
    }

    public sealed record WorkerFinal(int Attempt, JobFinal Final) : JobMessage;

    public sealed record WorkerError(int Attempt, JobError Error) : JobMessage;

    public sealed record WorkerBusy(int Attempt, Busy Busy) : JobMessage;

    public sealed record WorkerLost(int Attempt, string Why, bool LinkEnded = false) : JobMessage;

    public sealed record WorkerWritable(int Attempt) : JobMessage;

    // From its own timers.
    public sealed record DeadlinePassed : JobMessage;

    public sealed record InstalmentDue : JobMessage;

    public sealed record HedgeDue : JobMessage;

    public sealed record AskAgain : JobMessage;

    public sealed record ResumeGraceOver : JobMessage;

    public sealed record LastWordLate : JobMessage;

    public sealed record SettleAgain(int Instalment) : JobMessage;
}
