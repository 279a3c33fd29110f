namespace Cocoon.Ton.Cells;

/// <summary>A read went past the end of a slice (the TVM's exit code 9): the cell is not what the reader took it for.</summary>
public sealed class CellUnderflowException : TonFormatException
{
    internal CellUnderflowException(string what, int wanted, int available)
        : base($"cell underflow: {wanted} {what} wanted, {available} left")
    {
    }
}
