namespace Cocoon.Ton.Chain;

/// <summary>What a node said of an external message.</summary>
public enum SendVerdict
{
    /// <summary>Valid against the node's state; it may still get lost or fail.</summary>
    Accepted,

    /// <summary>The contract refuses it in the node's state: see the exit code. It may have been executed already.</summary>
    Rejected,

    /// <summary>The node has too many messages for this address: send it again later.</summary>
    Busy,

    /// <summary>The bytes are no message that any node accepts.</summary>
    Malformed,
}

/// <summary>A node's answer to an external message.</summary>
/// <param name="Verdict">What it said.</param>
/// <param name="ExitCode">For <see cref="SendVerdict.Rejected"/>: the TVM's exit code, if it was stated.</param>
/// <param name="Detail">The node's words; empty when accepted.</param>
public sealed record SendResult(SendVerdict Verdict, int? ExitCode, string Detail);
