namespace Cocoon.Inference.Kernels;

/// <summary>Where a product goes: the value of a token and row lies at <c>Values[token × Stride + row]</c>.</summary>
internal readonly unsafe struct ProductTarget(float* values, nint stride)
{
    public float* Values { get; } = values;

    public nint Stride { get; } = stride;

    public float* At(int token, int row) => Values + (token * Stride) + row;
}
