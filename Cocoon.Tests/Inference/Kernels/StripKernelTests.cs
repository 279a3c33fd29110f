using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;

namespace Cocoon.Tests.Inference.Kernels;

/// <summary>Weights in strips: packing against a reading of the layout, products against the scalar kernels and bit for bit against panels.</summary>
public sealed unsafe class StripKernelTests
{
    private const int Tokens = 21;

    public static TheoryData<GgufTensorType, int, int> Shapes => new()
    {
        { GgufTensorType.Q8_0, 37, 192 },
        { GgufTensorType.Q8_0, 16, 512 },
        { GgufTensorType.Q4_0, 37, 192 },
        { GgufTensorType.Q4_0, 5, 64 },
        { GgufTensorType.Q4_K, 37, 256 },
        { GgufTensorType.Q4_K, 18, 1024 },
        { GgufTensorType.Q5_K, 37, 256 },
        { GgufTensorType.Q5_K, 18, 1024 },
        { GgufTensorType.Q6_K, 37, 256 },
        { GgufTensorType.Q6_K, 18, 1024 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_packed_strip_holds_the_rows_values(GgufTensorType type, int rows, int columns)
    {
        if (!Avx2.IsSupported)
            Assert.Skip("no kernels of this processor read strips");
        byte[] weights = KernelData.Weights(type, rows, columns);
        fixed (byte* data = weights)
        {
            MatrixView matrix = new(type, data, rows, columns);
            using StripArena arena = new();
            StripMatrix strips = new(matrix, StripLayout.Of(type, columns)!.Value, arena, file: null);
            arena.Allocate();
            float[] expected = new float[columns];
            for (int row = 0; row < rows; row++)
            {
                strips.Pack(row / StripLayout.Rows);
                fixed (float* target = expected)
                    RowCodec.Decode(type, matrix.Row(row), target, columns);
                for (int column = 0; column < columns; column++)
                    Assert.Equal(expected[column], StripReader.Value(strips, row, column), 1e-6);
            }

            Assert.True(strips.IsPacked(0));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Strips_give_the_bits_of_panels_and_near_the_scalar_ones(GgufTensorType type, int rows, int columns)
    {
        if (!NativeStripKernel.IsSupported)
            Assert.Skip("this processor or system does not run assembled kernels");
        byte[] weights = KernelData.Weights(type, rows, columns);
        using Activations input = KernelData.Input(Tokens, columns);
        fixed (byte* data = weights)
        {
            MatrixView matrix = new(type, data, rows, columns);
            using StripArena arena = new();
            StripMatrix strips = new(matrix, StripLayout.Of(type, columns)!.Value, arena, file: null);
            arena.Allocate();
            float[] expected = new float[Tokens * rows], panels = new float[Tokens * rows], together = new float[Tokens * rows];
            fixed (float* target = expected)
                new ScalarKernels().MultiplyRows(matrix, 0, rows, input, 0, Tokens, new ProductTarget(target, rows));
            Panels(matrix, input, panels);
            Strips(strips, input, 0, Tokens, together);
            KernelData.AssertNear(expected, together, $"{type} strips");
            Assert.Equal(panels, together);
            for (int first = 0; first < Tokens; first++)
            {
                for (int count = 1; count <= Math.Min(9, Tokens - first); count++)
                {
                    float[] part = new float[Tokens * rows];
                    Strips(strips, input, first, count, part);
                    Assert.Equal(together.AsSpan(first * rows, count * rows), part.AsSpan(first * rows, count * rows));
                    Assert.True(part.AsSpan(0, first * rows).IndexOfAnyExcept(0f) < 0, "results before the first token were written");
                    Assert.True(part.AsSpan((first + count) * rows).IndexOfAnyExcept(0f) < 0, "results after the last token were written");
                }
            }
        }
    }

    [Fact]
    public void Two_matrices_lie_in_one_by_turns_of_32_rows()
    {
        if (!Avx2.IsSupported)
            Assert.Skip("no kernels of this processor read strips");
        const int Rows = 96, Columns = 64;
        byte[] weights = KernelData.Weights(GgufTensorType.Q8_0, 2 * Rows, Columns);
        fixed (byte* data = weights)
        {
            MatrixView first = new(GgufTensorType.Q8_0, data, Rows, Columns), second = new(GgufTensorType.Q8_0, first.Row(Rows), Rows, Columns);
            using StripArena arena = new();
            StripMatrix pair = new(first, second, StripLayout.Of(GgufTensorType.Q8_0, Columns)!.Value, arena, file: null);
            arena.Allocate();
            float[] expected = new float[Columns];
            for (int row = 0; row < 2 * Rows; row++)
            {
                pair.Pack(row / StripLayout.Rows);
                MatrixView source = row / 32 % 2 == 0 ? first : second;
                fixed (float* target = expected)
                    RowCodec.Decode(GgufTensorType.Q8_0, source.Row((row / 64 * 32) + (row % 32)), target, Columns);
                for (int column = 0; column < Columns; column++)
                    Assert.Equal(expected[column], StripReader.Value(pair, row, column), 1e-6);
            }

            MatrixView shorter = new(GgufTensorType.Q8_0, data, Rows - 1, Columns);
            Assert.Throws<ArgumentException>(() => new StripMatrix(shorter, shorter, pair.Layout, arena, file: null));
        }
    }

    [Theory]
    [InlineData(GgufTensorType.Q8_0, 96)]
    [InlineData(GgufTensorType.F16, 256)]
    [InlineData(GgufTensorType.F32, 256)]
    public void Other_formats_and_lengths_have_no_strips(GgufTensorType type, int columns) => Assert.Null(StripLayout.Of(type, columns));

    private static void Strips(StripMatrix strips, Activations input, int firstToken, int tokens, float[] results)
    {
        fixed (float* target = results)
        {
            int count = (strips.Rows + StripLayout.Rows - 1) / StripLayout.Rows, atOnce = 1 + ((firstToken + tokens) % 3);
            for (int strip = 0; strip < count; strip++)
                strips.Pack(strip);
            for (int strip = 0; strip < count; strip += atOnce)
                StripProducts.Multiply(strips, strip, Math.Min(atOnce, count - strip), input, firstToken, tokens, new ProductTarget(target, strips.Rows));
        }
    }

    private static void Panels(MatrixView matrix, Activations input, float[] results)
    {
        MatrixKernels kernels = KernelSet.Find(NativeVnniTile.Name);
        byte* scratch = (byte*)NativeMemory.AlignedAlloc((nuint)MatrixKernels.PanelBytes(matrix.Columns), 64);
        fixed (float* target = results)
        {
            for (int row = 0; row < matrix.Rows; row += MatrixKernels.PanelRows)
                kernels.MultiplyPanel(matrix, row, Math.Min(row + MatrixKernels.PanelRows, matrix.Rows), input, 0, Tokens, new ProductTarget(target, matrix.Rows), scratch);
        }

        NativeMemory.AlignedFree(scratch);
    }
}
