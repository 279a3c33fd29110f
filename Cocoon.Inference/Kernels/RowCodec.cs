using System.Runtime.CompilerServices;
using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Turns rows of a file into floats, one value after the other: the reference that the fast kernels are checked against, and the way
/// single rows (token embeddings) are read. Layouts: ggml's <c>ggml-common.h</c> and <c>ggml-quants.c</c>.
/// </summary>
internal static unsafe class RowCodec
{
    /// <summary>Values in a super-block of the K formats.</summary>
    public const int SuperBlock = 256;

    /// <summary>True for the types that the engine computes with.</summary>
    public static bool IsSupported(GgufTensorType type) => type is GgufTensorType.F32 or GgufTensorType.F16 or GgufTensorType.BF16
        or GgufTensorType.Q8_0 or GgufTensorType.Q4_0 or GgufTensorType.Q4_K or GgufTensorType.Q5_K or GgufTensorType.Q6_K;

    /// <summary>Decodes one row of <paramref name="count"/> values, which must be whole blocks.</summary>
    public static void Decode(GgufTensorType type, byte* row, float* target, int count)
    {
        switch (type)
        {
            case GgufTensorType.F32: Buffer.MemoryCopy(row, target, 4L * count, 4L * count); break;
            case GgufTensorType.F16: HalfBits.ToSingle((ushort*)row, target, count); break;
            case GgufTensorType.BF16: DecodeBrain((ushort*)row, target, count); break;
            case GgufTensorType.Q8_0: DecodeQ8(row, target, count); break;
            case GgufTensorType.Q4_0: DecodeQ4(row, target, count); break;
            case GgufTensorType.Q4_K: DecodeQ4K(row, target, count); break;
            case GgufTensorType.Q5_K: DecodeQ5K(row, target, count); break;
            case GgufTensorType.Q6_K: DecodeQ6K(row, target, count); break;
            default: throw new NotSupportedException($"tensors of type {type} are not supported");
        }
    }

    /// <summary>Scale and minimum of sub-block <paramref name="index"/> (0 to 7) from the 12 packed bytes of Q4_K and Q5_K.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int Scale, int Minimum) ScaleAndMinimum(byte* packed, int index) => index < 4
        ? (packed[index] & 63, packed[index + 4] & 63)
        : ((packed[index + 4] & 0xf) | ((packed[index - 4] >> 6) << 4), (packed[index + 4] >> 4) | ((packed[index] >> 6) << 4));

    private static void DecodeBrain(ushort* row, float* target, int count)
    {
        for (int i = 0; i < count; i++)
            target[i] = BitConverter.Int32BitsToSingle(row[i] << 16);
    }

    private static void DecodeQ8(byte* row, float* target, int count)
    {
        for (int i = 0; i < count; i += 32, row += 34)
        {
            float scale = HalfBits.Read(row);
            for (int j = 0; j < 32; j++)
                target[i + j] = scale * (sbyte)row[2 + j];
        }
    }

    private static void DecodeQ4(byte* row, float* target, int count)
    {
        for (int i = 0; i < count; i += 32, row += 18)
        {
            float scale = HalfBits.Read(row);
            for (int j = 0; j < 16; j++)
            {
                target[i + j] = scale * ((row[2 + j] & 15) - 8);
                target[i + j + 16] = scale * ((row[2 + j] >> 4) - 8);
            }
        }
    }

    private static void DecodeQ4K(byte* row, float* target, int count)
    {
        for (int i = 0; i < count; i += SuperBlock, row += 144)
        {
            float scale = HalfBits.Read(row), minimum = HalfBits.Read(row + 2);
            for (int sub = 0; sub < 8; sub++)
            {
                (int subScale, int subMinimum) = ScaleAndMinimum(row + 4, sub);
                byte* quants = row + 16 + (sub / 2 * 32);
                int shift = sub % 2 * 4;
                for (int j = 0; j < 32; j++)
                    target[i + (sub * 32) + j] = (scale * subScale * ((quants[j] >> shift) & 15)) - (minimum * subMinimum);
            }
        }
    }

    private static void DecodeQ5K(byte* row, float* target, int count)
    {
        for (int i = 0; i < count; i += SuperBlock, row += 176)
        {
            float scale = HalfBits.Read(row), minimum = HalfBits.Read(row + 2);
            byte* high = row + 16;
            for (int sub = 0; sub < 8; sub++)
            {
                (int subScale, int subMinimum) = ScaleAndMinimum(row + 4, sub);
                byte* quants = row + 48 + (sub / 2 * 32);
                int shift = sub % 2 * 4;
                for (int j = 0; j < 32; j++)
                {
                    int quant = ((quants[j] >> shift) & 15) | (((high[j] >> sub) & 1) << 4);
                    target[i + (sub * 32) + j] = (scale * subScale * quant) - (minimum * subMinimum);
                }
            }
        }
    }

    private static void DecodeQ6K(byte* row, float* target, int count)
    {
        for (int i = 0; i < count; i += SuperBlock, row += 210)
        {
            sbyte* scales = (sbyte*)row + 192;
            float scale = HalfBits.Read(row + 208);
            for (int sub = 0; sub < 8; sub++)
            {
                byte* low = row + (sub / 4 * 64) + (sub % 2 * 32);
                byte* high = row + 128 + (sub / 4 * 32);
                int lowShift = sub % 4 / 2 * 4, highShift = sub % 4 * 2;
                for (int j = 0; j < 32; j++)
                {
                    int quant = ((low[j] >> lowShift) & 15) | (((high[j] >> highShift) & 3) << 4);
                    target[i + (sub * 32) + j] = scale * scales[(sub * 2) + (j / 16)] * (quant - 32);
                }
            }
        }
    }
}
