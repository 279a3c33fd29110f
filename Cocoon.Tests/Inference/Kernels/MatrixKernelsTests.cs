using System.Runtime.InteropServices;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;

namespace Cocoon.Tests.Inference.Kernels;

/// <summary>Every kernel that runs here against the scalar ones, on all formats and on shapes with every kind of tail.</summary>
public sealed unsafe class MatrixKernelsTests
{
    private const int Tokens = 21;

    public static TheoryData<GgufTensorType, int, int> Shapes
    {
        get
        {
            TheoryData<GgufTensorType, int, int> data = [];
            foreach (GgufTensorType type in (GgufTensorType[])[GgufTensorType.F32, GgufTensorType.F16, GgufTensorType.BF16, GgufTensorType.Q8_0, GgufTensorType.Q4_0])
            {
                data.Add(type, 37, 192);
                data.Add(type, 16, 512);
                data.Add(type, 5, 32);
            }

            foreach (GgufTensorType type in (GgufTensorType[])[GgufTensorType.Q4_K, GgufTensorType.Q5_K, GgufTensorType.Q6_K])
            {
                data.Add(type, 37, 256);
                data.Add(type, 18, 1024);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Fast_kernels_agree_with_the_scalar_ones(GgufTensorType type, int rows, int columns)
    {
        byte[] weights = KernelData.Weights(type, rows, columns);
        using Activations input = KernelData.Input(Tokens, columns);
        fixed (byte* data = weights)
        {
            MatrixView matrix = new(type, data, rows, columns);
            float[] expected = Multiply(new ScalarKernels(), matrix, input, 0, Tokens, panel: false);
            foreach (MatrixKernels kernels in KernelSet.Available().Append(EmulatedVnni()))
            {
                KernelData.AssertNear(expected, Multiply(kernels, matrix, input, 0, Tokens, panel: false), $"{kernels.Name} rows");
                if (kernels.HasPanels(matrix))
                    KernelData.AssertNear(expected, Multiply(kernels, matrix, input, 0, Tokens, panel: true), $"{kernels.Name} panels");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_tokens_result_does_not_depend_on_its_company(GgufTensorType type, int rows, int columns)
    {
        byte[] weights = KernelData.Weights(type, rows, columns);
        using Activations input = KernelData.Input(Tokens, columns);
        fixed (byte* data = weights)
        {
            MatrixView matrix = new(type, data, rows, columns);
            foreach (MatrixKernels kernels in KernelSet.Available())
            {
                foreach (bool panel in (bool[])[false, true])
                {
                    if (panel && !kernels.HasPanels(matrix))
                        continue;
                    float[] together = Multiply(kernels, matrix, input, 0, Tokens, panel);
                    for (int token = 0; token < Tokens; token += 4)
                    {
                        float[] alone = Multiply(kernels, matrix, input, token, 1, panel);
                        Assert.Equal(together.AsSpan(token * rows, rows), alone.AsSpan(token * rows, rows));
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(GgufTensorType.Q8_0, 0.01)]
    [InlineData(GgufTensorType.Q4_0, 0.15)]
    [InlineData(GgufTensorType.Q4_K, 0.15)]
    [InlineData(GgufTensorType.Q5_K, 0.08)]
    [InlineData(GgufTensorType.Q6_K, 0.05)]
    [InlineData(GgufTensorType.BF16, 0.01)]
    [InlineData(GgufTensorType.F16, 0.001)]
    public void Encoding_and_decoding_keeps_values(GgufTensorType type, double tolerance)
    {
        const int Columns = 512;
        float[] source = KernelData.Values(7, Columns), back = new float[Columns];
        byte[] row = new byte[GgufTensorTypes.RowBytes(type, Columns)];
        fixed (float* values = source, decoded = back)
        fixed (byte* encoded = row)
        {
            RowQuantizer.Encode(type, values, encoded, Columns);
            RowCodec.Decode(type, encoded, decoded, Columns);
        }

        for (int i = 0; i < Columns; i++)
            Assert.Equal(source[i], back[i], tolerance);
    }

    [Fact]
    public void Halves_convert_exactly()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            Half half = BitConverter.UInt16BitsToHalf((ushort)bits);
            if (Half.IsFinite(half))
                Assert.Equal((float)half, HalfBits.ToSingle((ushort)bits));
        }
    }

    /// <summary>The 256-bit panels with the dot product made of ordinary instructions, for processors without it.</summary>
    private static VectorKernels<Avx2Step, VnniTile<EmulatedStep>> EmulatedVnni() => new("emulated avx-vnni", hasPanels: true);

    private static float[] Multiply(MatrixKernels kernels, MatrixView matrix, Activations input, int firstToken, int tokens, bool panel)
    {
        float[] result = new float[Tokens * matrix.Rows];
        byte* scratch = (byte*)NativeMemory.AlignedAlloc((nuint)MatrixKernels.PanelBytes(matrix.Columns), 64);
        fixed (float* target = result)
        {
            ProductTarget output = new(target, matrix.Rows);
            for (int row = 0; row < matrix.Rows; row += MatrixKernels.PanelRows)
            {
                int end = Math.Min(row + MatrixKernels.PanelRows, matrix.Rows);
                if (panel)
                    kernels.MultiplyPanel(matrix, row, end, input, firstToken, tokens, output, scratch);
                else
                    kernels.MultiplyRows(matrix, row, end, input, firstToken, tokens, output);
            }
        }

        NativeMemory.AlignedFree(scratch);
        return result;
    }
}
