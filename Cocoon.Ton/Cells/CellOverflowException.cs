namespace Cocoon.Ton.Cells;

/// <summary>More was stored than a cell holds: 1,023 bits and 4 references (the TVM's exit code 8).</summary>
public sealed class CellOverflowException : InvalidOperationException
{
    internal CellOverflowException(string what, int wanted, int available)
        : base($"cell overflow: {wanted} {what} to store, room for {available}; put the rest into a reference")
    {
    }
}
