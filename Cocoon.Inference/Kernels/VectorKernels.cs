using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Kernels in vectors of 256 bits; <typeparamref name="TStep"/> says which dot product instructions there are, and
/// <typeparamref name="TTile"/> how panels are multiplied, where they are.
/// </summary>
internal sealed unsafe class VectorKernels<TStep, TTile>(string name, bool hasPanels, bool hasStrips = false) : MatrixKernels
    where TStep : struct, IDotStep
    where TTile : struct, IPanelTile
{
    public override string Name { get; } = name;

    public override bool HasPanels(MatrixView matrix) => hasPanels && !matrix.IsFloat;

    public override bool HasStrips => hasStrips;

    public override void MultiplyStrips(StripMatrix matrix, int firstStrip, int strips, Activations input, int firstToken, int tokens, ProductTarget output) =>
        StripProducts.Multiply(matrix, firstStrip, strips, input, firstToken, tokens, output);

    public override void MultiplyRows(MatrixView matrix, int firstRow, int endRow, Activations input, int firstToken, int tokens, ProductTarget output)
    {
        switch (matrix.Type)
        {
            case GgufTensorType.Q8_0:
                RowProducts<Q8Format, TStep>.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output);
                break;
            case GgufTensorType.Q4_0:
                RowProducts<Q4Format, TStep>.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output);
                break;
            case GgufTensorType.Q4_K:
                RowProducts<Q4KFormat, TStep>.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output);
                break;
            case GgufTensorType.Q5_K:
                RowProducts<Q5KFormat, TStep>.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output);
                break;
            case GgufTensorType.Q6_K:
                RowProducts<Q6KFormat, TStep>.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output);
                break;
            default:
                FloatProducts.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output);
                break;
        }
    }

    public override void MultiplyPanel(
        MatrixView matrix, int firstRow, int endRow, Activations input, int firstToken, int tokens, ProductTarget output, byte* scratch)
    {
        switch (matrix.Type)
        {
            case GgufTensorType.Q8_0:
                PanelProducts<Q8OffsetFormat, TTile>.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output, scratch);
                break;
            case GgufTensorType.Q4_0:
                PanelProducts<Q4Format, TTile>.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output, scratch);
                break;
            case GgufTensorType.Q4_K:
                PanelProducts<Q4KFormat, TTile>.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output, scratch);
                break;
            case GgufTensorType.Q5_K:
                PanelProducts<Q5KFormat, TTile>.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output, scratch);
                break;
            case GgufTensorType.Q6_K:
                PanelProducts<Q6KFormat, TTile>.Multiply(matrix, firstRow, endRow, input, firstToken, tokens, output, scratch);
                break;
            default:
                throw new InvalidOperationException($"{matrix.Type} has no panels");
        }
    }
}
