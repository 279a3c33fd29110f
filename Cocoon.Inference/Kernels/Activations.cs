using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// The left side of a matrix product: token vectors as floats and quantised to signed bytes with one scale per 32 values.
/// Beside the scale lie scale × sum of the bytes, per 32 and per 16 values, by which kernels take a format's offset out of unsigned products.
/// Tables are padded with zeros to whole groups of 256 columns, so that kernels need no tail.
/// </summary>
internal sealed unsafe class Activations : IDisposable
{
    /// <summary>Columns that share a scale.</summary>
    public const int Group = 32;

    /// <summary>Tokens that panels multiply at once.</summary>
    public const int TileTokens = 8;

    /// <summary>For a tile and group: the tokens' scales, sums, and sums of the first and the second 16 columns.</summary>
    public const int TileFactorFloats = 4 * TileTokens;

    private readonly int _maxTokens;
    private readonly float* _tileFactors;
    private readonly int _paddedColumns;
    private byte* _memory;

    public Activations(int maxTokens, int maxColumns)
    {
        _maxTokens = maxTokens;
        _paddedColumns = (maxColumns + RowCodec.SuperBlock - 1) / RowCodec.SuperBlock * RowCodec.SuperBlock;
        nuint tokens = (nuint)((maxTokens + TileTokens - 1) / TileTokens * TileTokens);
        nuint values = checked(tokens * (nuint)_paddedColumns);
        nuint groups = values / Group;
        nuint bytes = checked((values * (4 + 1)) + (groups * (4 + 4 + 8 + (4 * 4))));
        _memory = (byte*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(_memory, bytes);
        Values = (float*)_memory;
        Scales = Values + values;
        Sums = Scales + groups;
        HalfSums = Sums + groups;
        _tileFactors = HalfSums + (2 * groups);
        Quants = (sbyte*)(_tileFactors + (4 * groups));
    }

    /// <summary>Floats from one token's values to the next's; the same distance in bytes for <see cref="Quants"/>.</summary>
    public int Stride => _paddedColumns;

    public int GroupStride => _paddedColumns / Group;

    public float* Values { get; }

    public float* Scales { get; }

    public float* Sums { get; }

    public float* HalfSums { get; }

    public sbyte* Quants { get; }

    /// <summary>Factors of the tile's first group; the next group's follow.</summary>
    public float* TileFactors(int tile) => _tileFactors + ((nint)tile * GroupStride * TileFactorFloats);

    public float* Row(int token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)_maxTokens);
        return Values + ((nint)token * Stride);
    }

    /// <summary>Fills the quantised form of one token from its floats.</summary>
    public void Quantize(int token, int columns)
    {
        for (int column = 0; column < columns; column += Group)
            QuantizeGroup(token, column);
    }

    /// <summary>The same for the 32 values from <paramref name="column"/> on.</summary>
    public void QuantizeGroup(int token, int column)
    {
        float* source = Values + ((nint)token * Stride) + column;
        Vector256<float> a = Vector256.Load(source), b = Vector256.Load(source + 8), c = Vector256.Load(source + 16), d = Vector256.Load(source + 24);
        Vector256<float> extreme = Vector256.Max(
            Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d)));
        Vector128<float> half = Vector128.Max(extreme.GetLower(), extreme.GetUpper());
        float largest = MathF.Max(MathF.Max(half[0], half[1]), MathF.Max(half[2], half[3]));
        float scale = largest / 127;
        Vector256<float> inverse = Vector256.Create(largest > 0 ? 127 / largest : 0);
        Vector256<int> qa = Rounded(a, inverse), qb = Rounded(b, inverse), qc = Rounded(c, inverse), qd = Rounded(d, inverse);
        Vector256<short> low = Vector256.Narrow(qa, qb), high = Vector256.Narrow(qc, qd);
        nint place = ((nint)token * Stride) + column;
        Vector256.Narrow(low, high).Store(Quants + place);
        int lowSum = Vector256.Sum(qa + qb), highSum = Vector256.Sum(qc + qd);
        nint group = ((nint)token * GroupStride) + (column / Group);
        Scales[group] = scale;
        Sums[group] = scale * (lowSum + highSum);
        HalfSums[2 * group] = scale * lowSum;
        HalfSums[(2 * group) + 1] = scale * highSum;
        float* factors = TileFactors(token / TileTokens) + (column / Group * TileFactorFloats) + (token % TileTokens);
        factors[0] = scale;
        factors[TileTokens] = scale * (lowSum + highSum);
        factors[2 * TileTokens] = scale * lowSum;
        factors[3 * TileTokens] = scale * highSum;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        GC.SuppressFinalize(this);
    }

    ~Activations() => NativeMemory.AlignedFree(_memory);

    private static Vector256<int> Rounded(Vector256<float> values, Vector256<float> inverse) =>
        Vector256.ConvertToInt32(Vector256.Round(values * inverse));
}
