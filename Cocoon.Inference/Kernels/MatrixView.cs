using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Kernels;

/// <summary>A weight matrix in the mapped file: rows of one format, one after the other.</summary>
/// <param name="type">The rows' format.</param>
/// <param name="data">First byte of the first row.</param>
/// <param name="rows">Number of rows.</param>
/// <param name="columns">Values in a row.</param>
/// <param name="strips">The same matrix as strips, where it is used in that form.</param>
internal readonly unsafe struct MatrixView(GgufTensorType type, byte* data, int rows, int columns, StripMatrix? strips = null)
{
    public GgufTensorType Type { get; } = type;

    public byte* Data { get; } = data;

    public StripMatrix? Strips { get; } = strips;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public nint RowBytes { get; } = (nint)GgufTensorTypes.RowBytes(type, columns);

    /// <summary>The same matrix with strips.</summary>
    public MatrixView With(StripMatrix strips) => new(Type, Data, Rows, Columns, strips);

    public byte* Row(int row) => Data + (row * RowBytes);

    public bool IsFloat => Type is GgufTensorType.F32 or GgufTensorType.F16 or GgufTensorType.BF16;
}
