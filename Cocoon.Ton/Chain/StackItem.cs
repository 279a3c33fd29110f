using System.Numerics;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Chain;

/// <summary>A value on the TVM's stack, as get-methods take and return them.</summary>
public abstract record StackItem
{
    private protected StackItem()
    {
    }

    /// <summary>A signed number of 257 bits.</summary>
    /// <param name="Value">The number.</param>
    public sealed record Number(BigInteger Value) : StackItem;

    /// <summary>The result of an overflow.</summary>
    public sealed record NotANumber : StackItem;

    /// <summary>A cell.</summary>
    /// <param name="Cell">The cell.</param>
    public sealed record CellValue(Cell Cell) : StackItem;

    /// <summary>A slice, as a cell that holds what it has left.</summary>
    /// <param name="Cell">The cell.</param>
    public sealed record SliceValue(Cell Cell) : StackItem;

    /// <summary>A builder, as the cell it would become.</summary>
    /// <param name="Cell">The cell.</param>
    public sealed record BuilderValue(Cell Cell) : StackItem;

    /// <summary>Null, which is also the empty list.</summary>
    public sealed record Null : StackItem;

    /// <summary>A tuple, or a list that an API shows as one.</summary>
    /// <param name="Items">Its elements.</param>
    public sealed record Tuple(IReadOnlyList<StackItem> Items) : StackItem;
}

/// <summary>The result of a get-method.</summary>
/// <param name="ExitCode">The TVM's exit code; 0 and 1 are well, -13 stands for a contract that is not active.</param>
/// <param name="GasUsed">Gas used.</param>
/// <param name="Stack">The values, the first one first.</param>
public sealed record GetMethodResult(int ExitCode, long GasUsed, IReadOnlyList<StackItem> Stack)
{
    /// <summary>Whether the method ended well.</summary>
    public bool IsSuccess => ExitCode is 0 or 1;

    /// <summary>The value at <paramref name="index"/> as a number.</summary>
    /// <exception cref="TonFormatException">The method failed, or there is no number at that place.</exception>
    public BigInteger Number(int index) =>
        At(index) is StackItem.Number number ? number.Value : throw new TonFormatException($"stack item {index} is no number");

    /// <summary>The value at <paramref name="index"/> as a cell: of a cell, slice or builder.</summary>
    /// <exception cref="TonFormatException">The method failed, or there is no cell at that place.</exception>
    public Cell Cell(int index) => At(index) switch
    {
        StackItem.CellValue item => item.Cell,
        StackItem.SliceValue item => item.Cell,
        StackItem.BuilderValue item => item.Cell,
        _ => throw new TonFormatException($"stack item {index} is no cell"),
    };

    private StackItem At(int index)
    {
        if (!IsSuccess)
            throw new TonFormatException($"the get-method ended with exit code {ExitCode}");
        return index < Stack.Count ? Stack[index] : throw new TonFormatException($"the get-method returned {Stack.Count} values, none at {index}");
    }
}
