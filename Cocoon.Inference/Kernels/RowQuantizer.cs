using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Stores floats in the formats the engine reads: round to nearest with simple scales, for generated test and benchmark models.
/// Tools that search for better scales make better files.
/// </summary>
internal static unsafe class RowQuantizer
{
    /// <summary>Encodes one row; <paramref name="target"/> has <see cref="GgufTensorTypes.RowBytes"/> bytes.</summary>
    public static void Encode(GgufTensorType type, float* source, byte* target, int count)
    {
        switch (type)
        {
            case GgufTensorType.F32: Buffer.MemoryCopy(source, target, 4L * count, 4L * count); break;
            case GgufTensorType.F16: EncodeHalf(source, (ushort*)target, count); break;
            case GgufTensorType.BF16: EncodeBrain(source, (ushort*)target, count); break;
            case GgufTensorType.Q8_0: EncodeQ8(source, target, count); break;
            case GgufTensorType.Q4_0: EncodeQ4(source, target, count); break;
            case GgufTensorType.Q4_K: EncodeK(source, target, count, bits: 4); break;
            case GgufTensorType.Q5_K: EncodeK(source, target, count, bits: 5); break;
            case GgufTensorType.Q6_K: EncodeQ6K(source, target, count); break;
            default: throw new NotSupportedException($"cannot write tensors of type {type}");
        }
    }

    private static void EncodeHalf(float* source, ushort* target, int count)
    {
        for (int i = 0; i < count; i++)
            target[i] = HalfBits.FromSingle(source[i]);
    }

    private static void EncodeBrain(float* source, ushort* target, int count)
    {
        for (int i = 0; i < count; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(source[i]);
            target[i] = (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
        }
    }

    private static void EncodeQ8(float* source, byte* target, int count)
    {
        for (int i = 0; i < count; i += 32, target += 34)
        {
            float largest = 0;
            for (int j = 0; j < 32; j++)
                largest = MathF.Max(largest, MathF.Abs(source[i + j]));
            float inverse = largest > 0 ? 127 / largest : 0;
            *(ushort*)target = HalfBits.FromSingle(largest / 127);
            for (int j = 0; j < 32; j++)
                target[2 + j] = (byte)(sbyte)Round(source[i + j] * inverse);
        }
    }

    private static void EncodeQ4(float* source, byte* target, int count)
    {
        for (int i = 0; i < count; i += 32, target += 18)
        {
            float extreme = 0;
            for (int j = 0; j < 32; j++)
                extreme = MathF.Abs(source[i + j]) > MathF.Abs(extreme) ? source[i + j] : extreme;
            float inverse = extreme != 0 ? -8 / extreme : 0;
            *(ushort*)target = HalfBits.FromSingle(extreme / -8);
            for (int j = 0; j < 16; j++)
            {
                int low = Math.Clamp(Round(source[i + j] * inverse) + 8, 0, 15);
                int high = Math.Clamp(Round(source[i + j + 16] * inverse) + 8, 0, 15);
                target[2 + j] = (byte)(low | (high << 4));
            }
        }
    }

    private static void EncodeK(float* source, byte* target, int count, int bits)
    {
        int top = (1 << bits) - 1;
        float* scales = stackalloc float[8];
        float* minima = stackalloc float[8];
        for (int i = 0; i < count; i += RowCodec.SuperBlock, target += bits == 4 ? 144 : 176)
        {
            float* block = source + i;
            float largestScale = 0, largestMinimum = 0;
            for (int sub = 0; sub < 8; sub++)
            {
                float low = 0, high = float.MinValue;
                for (int j = sub * 32; j < (sub * 32) + 32; j++)
                    (low, high) = (MathF.Min(low, block[j]), MathF.Max(high, block[j]));
                scales[sub] = MathF.Max(high - low, 0) / top;
                minima[sub] = -low;
                largestScale = MathF.Max(largestScale, scales[sub]);
                largestMinimum = MathF.Max(largestMinimum, minima[sub]);
            }

            ((ushort*)target)[0] = HalfBits.FromSingle(largestScale / 63);
            ((ushort*)target)[1] = HalfBits.FromSingle(largestMinimum / 63);
            new Span<byte>(target + 4, (bits == 4 ? 144 : 176) - 4).Clear();
            for (int sub = 0; sub < 8; sub++)
                EncodeSubBlock(block + (sub * 32), target, sub, bits, Ratio(scales[sub], largestScale), Ratio(minima[sub], largestMinimum));
        }
    }

    private static void EncodeSubBlock(float* source, byte* block, int sub, int bits, int subScale, int subMinimum)
    {
        byte* packed = block + 4;
        if (sub < 4)
        {
            packed[sub] |= (byte)subScale;
            packed[sub + 4] |= (byte)subMinimum;
        }
        else
        {
            packed[sub + 4] = (byte)((subScale & 15) | ((subMinimum & 15) << 4));
            packed[sub - 4] |= (byte)(subScale >> 4 << 6);
            packed[sub] |= (byte)(subMinimum >> 4 << 6);
        }

        float scale = HalfBits.Read(block) * subScale, minimum = HalfBits.Read(block + 2) * subMinimum;
        byte* high = block + 16;
        byte* quants = block + (bits == 4 ? 16 : 48) + (sub / 2 * 32);
        for (int j = 0; j < 32; j++)
        {
            int quant = scale > 0 ? Math.Clamp(Round((source[j] + minimum) / scale), 0, (1 << bits) - 1) : 0;
            quants[j] |= (byte)((quant & 15) << (sub % 2 * 4));
            if (bits == 5)
                high[j] |= (byte)(quant >> 4 << sub);
        }
    }

    private static void EncodeQ6K(float* source, byte* target, int count)
    {
        float* extremes = stackalloc float[16];
        for (int i = 0; i < count; i += RowCodec.SuperBlock, target += 210)
        {
            float* block = source + i;
            float largest = 0;
            for (int group = 0; group < 16; group++)
            {
                extremes[group] = 0;
                for (int j = group * 16; j < (group * 16) + 16; j++)
                    extremes[group] = MathF.Max(extremes[group], MathF.Abs(block[j]));
                largest = MathF.Max(largest, extremes[group]);
            }

            float scale = largest / (127 * 31);
            *(ushort*)(target + 208) = HalfBits.FromSingle(scale);
            scale = HalfBits.Read(target + 208);
            new Span<byte>(target, 192).Clear();
            for (int group = 0; group < 16; group++)
            {
                int groupScale = scale > 0 ? Math.Clamp(Round(extremes[group] / 31 / scale), 0, 127) : 0;
                target[192 + group] = (byte)groupScale;
                for (int j = group * 16; j < (group * 16) + 16; j++)
                    PlaceQ6K(target, j, groupScale > 0 ? Math.Clamp(Round(block[j] / (scale * groupScale)), -32, 31) + 32 : 32);
            }
        }
    }

    private static void PlaceQ6K(byte* block, int index, int quant)
    {
        int sub = index / 32, j = index % 32;
        block[(sub / 4 * 64) + (sub % 2 * 32) + j] |= (byte)((quant & 15) << (sub % 4 / 2 * 4));
        block[128 + (sub / 4 * 32) + j] |= (byte)(quant >> 4 << (sub % 4 * 2));
    }

    private static int Ratio(float part, float whole) => whole > 0 ? Math.Clamp(Round(part * 63 / whole), 0, 63) : 0;

    private static int Round(float value) => (int)MathF.Round(value);
}
