namespace Cocoon.Simulation.Payouts;

/// <summary>
/// Mistakes that a payout world can be given to show that its invariants find them: each a port to the chain that lies, none a switch in
/// production code.
/// </summary>
public enum PayoutBugs
{
    /// <summary>None.</summary>
    None,

    /// <summary>The chain's time is read after the transactions.</summary>
    TimeReadAfterTheScan,

    /// <summary>A request counts as the batch of the same number, whatever its body.</summary>
    MatchedByNumberAlone,

    /// <summary>The bytes of a batch leave as soon as they are signed.</summary>
    SentBeforeDurable,
}
