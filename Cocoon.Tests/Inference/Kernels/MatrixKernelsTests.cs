using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
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
            foreach (MatrixKernels kernels in KernelSet.Available().Concat(EmulatedVnni()))
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
    public void The_fastest_kernels_are_those_that_the_parent_process_expects()
    {
        if (Environment.GetEnvironmentVariable(KernelPathTests.ExpectedVariable) is { } expected)
            Assert.Equal(expected, KernelSet.Best.Name);
        Assert.Equal("scalar", KernelSet.Available()[^1].Name);
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

    [Fact]
    public void Floats_round_to_halves_as_the_runtime_rounds_them()
    {
        Random random = new(5);
        float[] source = new float[1 << 18];
        for (int i = 0; i < source.Length; i++)
        {
            float half = (float)BitConverter.UInt16BitsToHalf((ushort)i);
            source[i] = i < 1 << 16 ? half
                : i < 1 << 17 ? (half + (float)BitConverter.UInt16BitsToHalf((ushort)(i + 1))) / 2
                : BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        }

        ushort[] target = new ushort[source.Length];
        fixed (float* values = source)
        fixed (ushort* halves = target)
            HalfBits.FromSingle(values, halves, source.Length);
        for (int i = 0; i < source.Length; i++)
        {
            if (float.IsNaN(source[i]))
                Assert.True(Half.IsNaN(BitConverter.UInt16BitsToHalf(target[i])));
            else
                Assert.Equal(BitConverter.HalfToUInt16Bits((Half)source[i]), target[i]);
        }
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(160)]
    public void Attention_sums_are_those_of_single_values(int size)
    {
        const int Count = 7;
        float[] query = KernelData.Values(1, size), rows = KernelData.Values(2, size * Count), scores = new float[Count], alone = new float[Count];
        float[] target = KernelData.Values(3, size), sum = [.. target];
        fixed (float* q = query, r = rows, s = scores, a = alone, t = target)
        {
            AttentionMath.Scores(q, r, Count, size, 0.5f, s);
            for (int i = 0; i < Count; i++)
            {
                AttentionMath.Scores(q, r + (i * size), 1, size, 0.5f, a + i);
                Assert.Equal(query.Select((value, column) => (double)value * rows[(i * size) + column]).Sum() * 0.5, scores[i], 1e-4);
            }

            AttentionMath.AddWeightedRows(t, r, s, Count, size);
        }

        Assert.Equal(scores, alone);
        for (int column = 0; column < size; column++)
            Assert.Equal(sum[column] + Enumerable.Range(0, Count).Sum(i => (double)scores[i] * rows[(i * size) + column]), target[column], 1e-4);
    }

    /// <summary>The kernels of AVX_VNNI with its dot product made of ordinary instructions, for processors without it.</summary>
    private static IEnumerable<MatrixKernels> EmulatedVnni() =>
        Fma.IsSupported ? [new VectorKernels<EmulatedStep, VnniTile<EmulatedStep>>("emulated avx-vnni", hasPanels: true)] : [];

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
