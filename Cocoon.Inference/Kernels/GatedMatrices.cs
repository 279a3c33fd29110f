namespace Cocoon.Inference.Kernels;

/// <summary>The two matrices of a feed-forward layer's first half, of the same shape. Strips that they share are the gate's.</summary>
internal readonly record struct GatedMatrices(MatrixView Gate, MatrixView Up);
