using System.Runtime.InteropServices;

namespace Cocoon.Inference.Kernels;

/// <summary>One value after the other, on the same quantised activations as the fast kernels: what they are tested against.</summary>
internal sealed unsafe class ScalarKernels : MatrixKernels
{
    public override string Name => "scalar";

    public override bool HasPanels(MatrixView matrix) => false;

    public override void MultiplyRows(MatrixView matrix, int firstRow, int endRow, Activations input, int firstToken, int tokens, ProductTarget output)
    {
        float* weights = (float*)NativeMemory.Alloc((nuint)matrix.Columns, sizeof(float));
        for (int row = firstRow; row < endRow; row++)
        {
            RowCodec.Decode(matrix.Type, matrix.Row(row), weights, matrix.Columns);
            for (int token = firstToken; token < firstToken + tokens; token++)
            {
                double sum = 0;
                for (int column = 0; column < matrix.Columns; column++)
                    sum += (double)weights[column] * Input(matrix, input, token, column);
                *output.At(token, row) = (float)sum;
            }
        }

        NativeMemory.Free(weights);
    }

    public override void MultiplyPanel(
        MatrixView matrix, int firstRow, int endRow, Activations input, int firstToken, int tokens, ProductTarget output, byte* scratch) =>
        MultiplyRows(matrix, firstRow, endRow, input, firstToken, tokens, output);

    private static double Input(MatrixView matrix, Activations input, int token, int column)
    {
        nint place = ((nint)token * input.Stride) + column;
        return matrix.IsFloat
            ? input.Values[place]
            : (double)input.Quants[place] * input.Scales[((nint)token * input.GroupStride) + (column / Activations.Group)];
    }
}
