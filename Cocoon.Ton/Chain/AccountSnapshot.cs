using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Chain;

/// <summary>Names a transaction of an account.</summary>
/// <param name="Lt">Logical time.</param>
/// <param name="Hash">Hash of its cell.</param>
public readonly record struct TransactionId(ulong Lt, Bits256 Hash);

/// <summary>An account at one moment.</summary>
/// <param name="Address">Whose.</param>
/// <param name="Status">Active, frozen or uninitialized (an account that does not exist is uninitialized).</param>
/// <param name="Balance">TON it holds.</param>
/// <param name="LastTransaction">Its newest transaction; null when it has none.</param>
/// <param name="ChainTime">Unix time in seconds of the block that the rest was read from.</param>
public sealed record AccountSnapshot(Address Address, AccountStatus Status, Coins Balance, TransactionId? LastTransaction, long ChainTime)
{
    /// <summary>The contract's code; null unless active.</summary>
    public Cell? Code { get; init; }

    /// <summary>The contract's data; null unless active.</summary>
    public Cell? Data { get; init; }
}

/// <summary>What an external message costs the account it is for.</summary>
/// <param name="ImportFee">Bringing the message in.</param>
/// <param name="StorageFee">Rent due.</param>
/// <param name="GasFee">Running the contract.</param>
/// <param name="ForwardFee">Sending its messages on.</param>
public sealed record FeeEstimate(Coins ImportFee, Coins StorageFee, Coins GasFee, Coins ForwardFee)
{
    /// <summary>All of it.</summary>
    public Coins Total => ImportFee + StorageFee + GasFee + ForwardFee;
}
