using System.Numerics;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Accounts;

/// <summary>What became of an account's status in a phase (TL-B <c>AccStatusChange</c>).</summary>
public enum AccountStatusChange
{
    /// <summary>Nothing.</summary>
    Unchanged,

    /// <summary>It was frozen.</summary>
    Frozen,

    /// <summary>It was deleted.</summary>
    Deleted,
}

/// <summary>Rent for the account's storage (TL-B <c>TrStoragePhase</c>).</summary>
/// <param name="FeesCollected">What was paid.</param>
/// <param name="FeesDue">What is owed still, or null.</param>
/// <param name="StatusChange">What that did to the account.</param>
public sealed record StoragePhase(Coins FeesCollected, Coins? FeesDue, AccountStatusChange StatusChange)
{
    internal static StoragePhase Load(Slice slice) => new(slice.LoadCoins(), slice.LoadMaybeCoins(), LoadStatusChange(slice));

    internal static AccountStatusChange LoadStatusChange(Slice slice)
    {
        if (!slice.LoadBit())
            return AccountStatusChange.Unchanged;
        return slice.LoadBit() ? AccountStatusChange.Deleted : AccountStatusChange.Frozen;
    }
}

/// <summary>The message's value joins the balance (TL-B <c>TrCreditPhase</c>).</summary>
/// <param name="DueFeesCollected">Owed rent that was taken from it, or null.</param>
/// <param name="Credit">What joined the balance.</param>
public sealed record CreditPhase(Coins? DueFeesCollected, CurrencyCollection Credit)
{
    internal static CreditPhase Load(Slice slice) => new(slice.LoadMaybeCoins(), CurrencyCollection.Load(slice));
}

/// <summary>The actions that the contract's code asked for (TL-B <c>TrActionPhase</c>).</summary>
public sealed record ActionPhase
{
    /// <summary>Whether all of them succeeded, or were passed over as their mode allows.</summary>
    public required bool Success { get; init; }

    /// <summary>Whether the list was well formed.</summary>
    public required bool Valid { get; init; }

    /// <summary>Whether the balance did not suffice.</summary>
    public required bool NoFunds { get; init; }

    /// <summary>What that did to the account.</summary>
    public required AccountStatusChange StatusChange { get; init; }

    /// <summary>Forwarding fees of all messages, the part that validators of the receiving shard get included.</summary>
    public Coins? TotalForwardFees { get; init; }

    /// <summary>The part of the forwarding fees that this shard's validators get.</summary>
    public Coins? TotalActionFees { get; init; }

    /// <summary>0, or why it failed; 37 is not enough coins.</summary>
    public required int ResultCode { get; init; }

    /// <summary>The number of the action that failed, or null.</summary>
    public int? ResultArgument { get; init; }

    /// <summary>Actions in the list.</summary>
    public required int TotalActions { get; init; }

    /// <summary>Actions that are no messages.</summary>
    public required int SpecialActions { get; init; }

    /// <summary>Actions passed over because of <see cref="SendMode.IgnoreErrors"/>.</summary>
    public required int SkippedActions { get; init; }

    /// <summary>Messages sent.</summary>
    public required int MessagesCreated { get; init; }

    internal static ActionPhase Load(Slice slice) => new()
    {
        Success = slice.LoadBit(),
        Valid = slice.LoadBit(),
        NoFunds = slice.LoadBit(),
        StatusChange = StoragePhase.LoadStatusChange(slice),
        TotalForwardFees = slice.LoadMaybeCoins(),
        TotalActionFees = slice.LoadMaybeCoins(),
        ResultCode = (int)slice.LoadInt(32),
        ResultArgument = slice.LoadBit() ? (int)slice.LoadInt(32) : null,
        TotalActions = (int)slice.LoadUInt(16),
        SpecialActions = (int)slice.LoadUInt(16),
        SkippedActions = (int)slice.LoadUInt(16),
        MessagesCreated = (int)slice.LoadUInt(16),
    };
}

/// <summary>What became of the value when the transaction failed (TL-B <c>TrBouncePhase</c>).</summary>
public enum BounceKind
{
    /// <summary>It went back.</summary>
    Ok,

    /// <summary>It did not cover the way back and stayed.</summary>
    NoFunds,

    /// <summary>There was none.</summary>
    NegativeFunds,
}

/// <summary>The attempt to send the value back (TL-B <c>TrBouncePhase</c>).</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="MessageFees">For <see cref="BounceKind.Ok"/>: fees taken by this shard.</param>
/// <param name="ForwardFees">Forwarding fees paid, or those that would have been needed.</param>
public sealed record BouncePhase(BounceKind Kind, Coins MessageFees, Coins ForwardFees)
{
    internal static BouncePhase Load(Slice slice)
    {
        if (slice.LoadBit())
        {
            SkipStorageUsed(slice);
            return new BouncePhase(BounceKind.Ok, slice.LoadCoins(), slice.LoadCoins());
        }

        if (!slice.LoadBit())
            return new BouncePhase(BounceKind.NegativeFunds, Coins.Zero, Coins.Zero);
        SkipStorageUsed(slice);
        return new BouncePhase(BounceKind.NoFunds, Coins.Zero, slice.LoadCoins());
    }

    private static (BigInteger Cells, BigInteger Bits) SkipStorageUsed(Slice slice) => (slice.LoadVarUInt(3), slice.LoadVarUInt(3));
}
