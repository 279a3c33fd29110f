using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <summary>Where a payout stands.</summary>
public enum PayoutStanding
{
    /// <summary>It waits for a batch.</summary>
    Waiting = 1,

    /// <summary>It is in an attempt whose end is not yet known.</summary>
    InFlight = 2,

    /// <summary>The wallet sent it.</summary>
    Paid = 3,

    /// <summary>It came back from its destination and waits for the operator.</summary>
    Bounced = 4,

    /// <summary>It came back, or was not sent, and its money returned to its owner's book.</summary>
    Reopened = 5,
}

/// <summary>One payout and where it stands.</summary>
/// <param name="Request">What is paid to whom.</param>
/// <param name="Standing">Where it stands.</param>
/// <param name="Attempt">Number of the last attempt that held it; 0: none yet.</param>
/// <param name="Returned">What came back, less fees.</param>
public sealed record Payout(PayoutRequested Request, PayoutStanding Standing, long Attempt, NanoTon Returned)
{
    /// <summary>The wallet's transaction that paid it, or null.</summary>
    public Bytes32? Transaction { get; init; }

    /// <summary>The message that paid it, or null.</summary>
    public Bytes32? Message { get; init; }

    /// <summary>When it was paid, by chain time in Unix seconds; 0: it was not.</summary>
    public long PaidUnixSeconds { get; init; }
}

/// <summary>Where an attempt stands. Attempts that are paid, failed or expired are forgotten.</summary>
public enum AttemptStanding
{
    /// <summary>Durable; its bytes may leave.</summary>
    Prepared = 1,

    /// <summary>Its bytes left.</summary>
    Sent = 2,

    /// <summary>The wallet accepted them; it resolves.</summary>
    Accepted = 3,
}

/// <summary>One batch under way.</summary>
/// <param name="Batch">What it sends.</param>
/// <param name="Standing">Where it stands.</param>
/// <param name="Fee">What it has cost so far.</param>
public sealed record PayoutAttempt(PayoutPrepared Batch, AttemptStanding Standing, NanoTon Fee);
