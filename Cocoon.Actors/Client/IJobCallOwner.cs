using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Client;

/// <summary>Who sent a job, and is told what becomes of it: one thing at a time, and nothing after <see cref="OnEnd"/>.</summary>
internal interface IJobCallOwner
{
    /// <summary>The header for sending the job now: the time left is the caller's to know.</summary>
    JobHeader Header();

    /// <summary>A worker has begun to answer, at these terms. Said again after a reconnect.</summary>
    void OnAccepted(JobAccepted terms);

    /// <summary>The next piece of the answer, in order, each once.</summary>
    void OnChunk(ReadOnlyMemory<byte> payload, in ChunkUsage usage);

    /// <summary>A part of the price was settled while the job runs on.</summary>
    /// <param name="receipt">The receipt of what was charged by now.</param>
    /// <param name="valid">Whether it is the operator's word on this job.</param>
    void OnInstalment(Receipt receipt, bool valid);

    /// <summary>The node does not serve the account any more: go on with another. <see cref="OnAdrift"/> follows.</summary>
    void OnMoved(ICallConnection from, Moved moved);

    /// <summary>
    /// The node takes nothing new, and has not begun this job. True: another node of this operator is to have it, and <see cref="OnAdrift"/>
    /// follows. False: its owner knows a better place, and the job is refused.
    /// </summary>
    bool OnDraining(ICallConnection from);

    /// <summary>The job has no stream any more, or did not get one: <see cref="JobCall.Place"/> it when a connection takes it.</summary>
    void OnAdrift();

    /// <summary>It is over.</summary>
    void OnEnd(JobCallEnd end);
}

/// <summary>How a job ended.</summary>
/// <param name="Final">The last word of a job that was answered in full; else null.</param>
/// <param name="Error">Why it was not; else null.</param>
/// <param name="Receipt">The receipt of what was charged, if one came.</param>
/// <param name="Leaf">
/// What the receipt says, if it is the operator's word on this very job, and on this request and answer where both are whole; else null.
/// </param>
internal sealed record JobCallEnd(JobFinal? Final, JobError? Error, Receipt? Receipt, ReceiptLeaf? Leaf)
{
    /// <summary>Whether there is a receipt, and it holds.</summary>
    public bool ReceiptValid => Leaf is not null;
}
