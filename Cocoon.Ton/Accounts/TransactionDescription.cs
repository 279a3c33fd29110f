using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Accounts;

/// <summary>Kinds of transactions (TL-B <c>TransactionDescr</c>).</summary>
public enum TransactionKind
{
    /// <summary>A message came in.</summary>
    Ordinary = 0,

    /// <summary>Rent only.</summary>
    Storage = 1,

    /// <summary>A special contract at a block's start.</summary>
    Tick = 2,

    /// <summary>A special contract at a block's end.</summary>
    Tock = 3,

    /// <summary>Not in use on the chain; its phases are not read.</summary>
    SplitPrepare = 4,

    /// <summary>Not in use on the chain; its phases are not read.</summary>
    SplitInstall = 5,

    /// <summary>Not in use on the chain; its phases are not read.</summary>
    MergePrepare = 6,

    /// <summary>Not in use on the chain; its phases are not read.</summary>
    MergeInstall = 7,
}

/// <summary>What happened in a transaction, phase by phase (TL-B <c>TransactionDescr</c>).</summary>
/// <param name="Kind">The kind; an ordinary one has all that follows.</param>
public sealed record TransactionDescription(TransactionKind Kind)
{
    /// <summary>Whether the value was credited before rent was taken.</summary>
    public bool CreditFirst { get; init; }

    /// <summary>Rent, or null.</summary>
    public StoragePhase? Storage { get; init; }

    /// <summary>The value's credit, or null.</summary>
    public CreditPhase? Credit { get; init; }

    /// <summary>The contract's run; null where the kind has none.</summary>
    public ComputePhase? Compute { get; init; }

    /// <summary>The contract's actions; null when its code did not run or failed.</summary>
    public ActionPhase? Action { get; init; }

    /// <summary>Whether the transaction failed and the contract's state is as before.</summary>
    public bool Aborted { get; init; }

    /// <summary>The value's way back, or null.</summary>
    public BouncePhase? Bounce { get; init; }

    /// <summary>Whether the account is gone.</summary>
    public bool Destroyed { get; init; }

    internal static TransactionDescription Load(Slice slice)
    {
        // 0000 ordinary, 0001 storage, 001x tick and tock, 0100 to 0111 split and merge.
        int tag = (int)slice.LoadUInt(4);
        return tag switch
        {
            0 => LoadOrdinary(slice),
            1 => new TransactionDescription(TransactionKind.Storage) { Storage = StoragePhase.Load(slice) },
            2 or 3 => LoadTickTock((TransactionKind)tag, slice),
            <= 7 => new TransactionDescription((TransactionKind)tag),
            _ => throw new TonFormatException($"a transaction of unknown kind {tag}"),
        };
    }

    private static TransactionDescription LoadOrdinary(Slice slice) => new(TransactionKind.Ordinary)
    {
        CreditFirst = slice.LoadBit(),
        Storage = slice.LoadBit() ? StoragePhase.Load(slice) : null,
        Credit = slice.LoadBit() ? CreditPhase.Load(slice) : null,
        Compute = ComputePhase.Load(slice),
        Action = slice.LoadBit() ? ActionPhase.Load(slice.LoadRef().BeginParse()) : null,
        Aborted = slice.LoadBit(),
        Bounce = slice.LoadBit() ? BouncePhase.Load(slice) : null,
        Destroyed = slice.LoadBit(),
    };

    private static TransactionDescription LoadTickTock(TransactionKind kind, Slice slice) => new(kind)
    {
        Storage = StoragePhase.Load(slice),
        Compute = ComputePhase.Load(slice),
        Action = slice.LoadBit() ? ActionPhase.Load(slice.LoadRef().BeginParse()) : null,
        Aborted = slice.LoadBit(),
        Destroyed = slice.LoadBit(),
    };
}
