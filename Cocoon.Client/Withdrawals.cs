using Cocoon.Protocol.Money;

namespace Cocoon.Client;

/// <summary>Where a withdrawal stands.</summary>
public enum WithdrawalState
{
    /// <summary>It waits for the operator's next batch.</summary>
    Pending = 1,

    /// <summary>It is on its way over the chain.</summary>
    InFlight = 2,

    /// <summary>The operator's wallet sent it.</summary>
    Paid = 3,

    /// <summary>It came back from the wallet; the operator decides.</summary>
    Returned = 4,
}

/// <summary>One withdrawal.</summary>
/// <param name="Payout">Its number in the operator's books.</param>
/// <param name="Amount">How much.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Wallet">Where to.</param>
/// <param name="Transaction">Hash of the transaction that paid it, 64 hexadecimal digits; empty: none.</param>
/// <param name="PaidAt">When, by the chain's time; null: not.</param>
public sealed record WithdrawalInfo(long Payout, NanoTon Amount, WithdrawalState State, string Wallet, string Transaction, DateTimeOffset? PaidAt);

/// <summary>A wallet was not registered or money not withdrawn; the message says why, and what is known.</summary>
public sealed class WithdrawalException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The withdrawal's number, where there is one: asking again with it never pays twice.</summary>
    public long Number { get; init; }
}
