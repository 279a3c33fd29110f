using Cocoon.Protocol.Frames;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Client;

/// <summary>Who sent a job, and is told what becomes of it.</summary>
internal interface IJobCallOwner
{
    /// <summary>The header for sending the job now: the time left is the caller's to know.</summary>
    JobHeader Header();

    /// <summary>A worker has begun to answer, at these terms. Said again after a reconnect.</summary>
    void OnAccepted(JobAccepted terms);

    /// <summary>The next piece of the answer, in order, each once.</summary>
    void OnChunk(ReadOnlyMemory<byte> payload, in ChunkUsage usage);

    /// <summary>The node does not serve the account any more: go on with another, and take the job along by <see cref="JobCall.Resume"/>.</summary>
    void OnMoved(Moved moved);

    /// <summary>It is over; said once, and nothing after it.</summary>
    void OnEnd(JobCallEnd end);
}

/// <summary>How a job ended.</summary>
/// <param name="Final">The last word of a job that was answered in full; else null.</param>
/// <param name="Error">Why it was not; else null.</param>
/// <param name="Receipt">The receipt of what was charged, if one came.</param>
/// <param name="ReceiptValid">Whether it is the operator's word on this very job, and on this request and answer where both are whole.</param>
internal sealed record JobCallEnd(JobFinal? Final, JobError? Error, Receipt? Receipt, bool ReceiptValid);
