using Cocoon.Client.Recounts;
using Cocoon.Protocol.Money;

namespace Cocoon.Client;

/// <summary>A settled job.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Worker">The worker that ran it, as 64 hexadecimal digits.</param>
/// <param name="Tier">The worker's tier.</param>
/// <param name="Usage">What it used, by class in rising order.</param>
/// <param name="Cost">What it cost, commission included.</param>
/// <param name="Finish">OpenAI's finish reason of the last choice.</param>
/// <param name="Receipt">The operator's signed word on all this; null only where nobody signs (a client without a network).</param>
public sealed record JobResult(
    string JobId, string Worker, JobTier Tier, IReadOnlyList<UsageAmount> Usage, NanoTon Cost, string Finish, JobReceipt? Receipt)
{
    /// <summary>What this client counts itself; null where it has no tokenizer for the model (<see cref="RecountingJobClient"/>).</summary>
    public UsageRecount? Recount { get; init; }
}

/// <summary>A receipt as the operator signed it; <c>cocoon receipt verify</c> checks it anywhere.</summary>
/// <param name="Bytes">The protobuf message <c>cocoon.v1.Receipt</c>.</param>
/// <param name="Verified">Whether this client has checked it: signature, path, usage and the hashes of what it sent and received.</param>
public sealed record JobReceipt(ReadOnlyMemory<byte> Bytes, bool Verified)
{
    /// <summary>The receipt in base64, as it stands in headers and files.</summary>
    public override string ToString() => Convert.ToBase64String(Bytes.Span);
}

/// <summary>What became of a job.</summary>
public enum JobState
{
    /// <summary>The operator knows nothing of it: it cost nothing and may be sent again.</summary>
    Unknown = 0,

    /// <summary>It still runs.</summary>
    Running = 1,

    /// <summary>It ended and is paid.</summary>
    Settled = 2,

    /// <summary>It died with a node; the result covers what was settled before.</summary>
    Interrupted = 3,
}

/// <summary>What became of a job, and its result where there is one.</summary>
/// <param name="State">What became of it.</param>
/// <param name="Result">Set for <see cref="JobState.Settled"/> and <see cref="JobState.Interrupted"/>.</param>
public sealed record JobOutcome(JobState State, JobResult? Result);
