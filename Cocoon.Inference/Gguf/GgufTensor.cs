namespace Cocoon.Inference.Gguf;

/// <summary>One entry of the tensor directory; its bytes were checked to lie inside the file.</summary>
/// <param name="Name">The tensor's name, for example <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Type">How its values are stored.</param>
/// <param name="Dimensions">One to four sizes, the row length first.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="ByteLength">Bytes in the file.</param>
public sealed record GgufTensor(string Name, GgufTensorType Type, IReadOnlyList<long> Dimensions, long Offset, long ByteLength)
{
    /// <summary>Values in one row.</summary>
    public long RowLength => Dimensions[0];

    /// <summary>Rows, over all further dimensions.</summary>
    public long RowCount
    {
        get
        {
            long rows = 1;
            for (int i = 1; i < Dimensions.Count; i++)
                rows = checked(rows * Dimensions[i]);
            return rows;
        }
    }

    /// <summary>Number of values.</summary>
    public long ElementCount => checked(RowLength * RowCount);

    /// <summary>For example <c>blk.0.attn_q.weight Q8_0 [1024, 2048]</c>.</summary>
    public override string ToString() => $"{Name} {Type} [{string.Join(", ", Dimensions)}]";
}
