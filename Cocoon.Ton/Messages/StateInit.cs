using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>A contract's initial state (TL-B <c>StateInit</c>); its hash is the contract's address.</summary>
/// <param name="Code">The code, or null.</param>
/// <param name="Data">The data, or null.</param>
public sealed record StateInit(Cell? Code, Cell? Data)
{
    /// <summary>Fixed prefix length, 0 to 31; null everywhere outside validators' contracts.</summary>
    public int? SplitDepth { get; init; }

    /// <summary>Special contracts of the masterchain: run at each block's start and end.</summary>
    public TickTock? Special { get; init; }

    /// <summary>Root of the library dictionary, or null.</summary>
    public Cell? Libraries { get; init; }

    /// <summary>The address of a contract that starts in this state.</summary>
    public Address ContractAddress(int workchain = 0) => new(workchain, ToCell().Hash);

    /// <summary>The state as a cell.</summary>
    public Cell ToCell() => Store(CellBuilder.BeginCell()).EndCell();

    /// <summary>Reads a state.</summary>
    /// <exception cref="TonFormatException">The slice does not start with one.</exception>
    public static StateInit Load(Slice slice)
    {
        int? splitDepth = slice.LoadBit() ? (int)slice.LoadUInt(5) : null;
        TickTock? special = slice.LoadBit() ? new TickTock(slice.LoadBit(), slice.LoadBit()) : null;
        return new StateInit(slice.LoadMaybeRef(), slice.LoadMaybeRef())
        {
            SplitDepth = splitDepth,
            Special = special,
            Libraries = slice.LoadMaybeRef(),
        };
    }

    internal CellBuilder Store(CellBuilder builder)
    {
        builder.StoreBit(SplitDepth is not null);
        if (SplitDepth is int depth)
            builder.StoreUInt((ulong)depth, 5);
        builder.StoreBit(Special is not null);
        if (Special is TickTock special)
            builder.StoreBit(special.Tick).StoreBit(special.Tock);
        return builder.StoreMaybeRef(Code).StoreMaybeRef(Data).StoreMaybeRef(Libraries);
    }
}

/// <summary>When a special contract runs (TL-B <c>TickTock</c>).</summary>
/// <param name="Tick">At the block's start.</param>
/// <param name="Tock">At the block's end.</param>
public readonly record struct TickTock(bool Tick, bool Tock);
