using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Proxy;

/// <summary>One worker's try at a job, from the assignment to its release.</summary>
internal sealed class JobAttempt(int number, Assigned assigned, JobTerms terms, uint stream, TimeSpan started)
{
    public int Number => number;

    public AttemptToken Token => assigned.Token;

    public WorkerLink Link => (WorkerLink)assigned.Sink;

    public PublicKey Worker => assigned.Worker;

    public long WorkerNumber => assigned.WorkerNumber;

    public Assigned Assigned => assigned;

    /// <summary>The price locked for this attempt.</summary>
    public JobTerms Terms => terms;

    public uint Stream => stream;

    /// <summary>What the worker shows to ask for its receipt.</summary>
    public required ByteString Claim { get; init; }

    public TimeSpan Started => started;

    public TimeSpan? FirstChunkAt { get; set; }

    /// <summary>Sequence that its next chunk must have.</summary>
    public long NextChunk { get; set; }

    /// <summary>Parts of the body sent to it.</summary>
    public int PartsSent { get; set; }
}
