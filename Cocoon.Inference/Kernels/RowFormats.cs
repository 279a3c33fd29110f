using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>Q8_0: 32 signed bytes behind a half.</summary>
internal readonly unsafe struct Q8Format : IRowFormat
{
    public static int ChunkBytes => 8 * 34;

    public static bool IsSigned => true;

    public static bool HasMultipliers => false;

    public static int SafeAdditions => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(byte* source, int groups, ref RowChunk chunk)
    {
        for (int group = 0; group < 8; group++)
        {
            bool inside = group < groups;
            chunk.Scales[group] = inside ? HalfBits.Read(source) : 0;
            if (inside)
                Unsafe.WriteUnaligned(ref chunk.Quants[group * 32], Vector256.Load(source + 2));
            source += 34;
        }
    }
}

/// <summary>Q4_0: 32 nibbles behind a half, value − 8.</summary>
internal readonly unsafe struct Q4Format : IRowFormat
{
    public static int ChunkBytes => 8 * 18;

    public static bool IsSigned => false;

    public static bool HasMultipliers => false;

    public static int SafeAdditions => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(byte* source, int groups, ref RowChunk chunk)
    {
        Vector128<byte> mask = Vector128.Create((byte)15);
        for (int group = 0; group < 8; group++)
        {
            if (group < groups)
            {
                Vector128<byte> packed = Vector128.Load(source + 2);
                Unsafe.WriteUnaligned(ref chunk.Quants[group * 32], packed & mask);
                Unsafe.WriteUnaligned(ref chunk.Quants[(group * 32) + 16], Vector128.ShiftRightLogical(packed.AsUInt16(), 4).AsByte() & mask);
            }

            float scale = group < groups ? HalfBits.Read(source) : 0;
            chunk.Scales[group] = scale;
            chunk.Minima[group] = scale * 8;
            source += 18;
        }
    }
}

/// <summary>Q4_K: 256 nibbles with 6-bit scales and minima per 32.</summary>
internal readonly unsafe struct Q4KFormat : IRowFormat
{
    public static int ChunkBytes => 144;

    public static bool IsSigned => false;

    public static bool HasMultipliers => false;

    public static int SafeAdditions => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(byte* source, int groups, ref RowChunk chunk)
    {
        Scales(source, ref chunk);
        Vector256<byte> mask = Vector256.Create((byte)15);
        for (int pair = 0; pair < 4; pair++)
        {
            Vector256<byte> packed = Vector256.Load(source + 16 + (pair * 32));
            Unsafe.WriteUnaligned(ref chunk.Quants[pair * 64], packed & mask);
            Unsafe.WriteUnaligned(ref chunk.Quants[(pair * 64) + 32], Vector256.ShiftRightLogical(packed.AsUInt16(), 4).AsByte() & mask);
        }
    }

    /// <summary>Eight scales and eight minima of 6 bits out of 12 bytes, as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Scales(byte* source, ref RowChunk chunk)
    {
        uint first = Unsafe.ReadUnaligned<uint>(source + 4), second = Unsafe.ReadUnaligned<uint>(source + 8), third = Unsafe.ReadUnaligned<uint>(source + 12);
        ulong scales = (first & 0x3f3f3f3f) | ((ulong)((third & 0x0f0f0f0f) | ((first >> 2) & 0x30303030)) << 32);
        ulong minima = (second & 0x3f3f3f3f) | ((ulong)(((third >> 4) & 0x0f0f0f0f) | ((second >> 2) & 0x30303030)) << 32);
        Vector256<float> scale = Vector256.Create(HalfBits.Read(source)), minimum = Vector256.Create(HalfBits.Read(source + 2));
        Unsafe.WriteUnaligned(ref Unsafe.As<float, byte>(ref chunk.Scales[0]), scale * ToFloats(scales));
        Unsafe.WriteUnaligned(ref Unsafe.As<float, byte>(ref chunk.Minima[0]), minimum * ToFloats(minima));
    }

    private static Vector256<float> ToFloats(ulong bytes) =>
        Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(Vector128.CreateScalar(bytes).AsByte()));
}

/// <summary>Q5_K: Q4_K with a fifth bit in a plane of its own.</summary>
internal readonly unsafe struct Q5KFormat : IRowFormat
{
    public static int ChunkBytes => 176;

    public static bool IsSigned => false;

    public static bool HasMultipliers => false;

    public static int SafeAdditions => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(byte* source, int groups, ref RowChunk chunk)
    {
        Q4KFormat.Scales(source, ref chunk);
        Vector256<byte> mask = Vector256.Create((byte)15), sixteen = Vector256.Create((byte)16);
        Vector256<ushort> high = Vector256.Load(source + 16).AsUInt16();
        for (int pair = 0; pair < 4; pair++)
        {
            Vector256<byte> packed = Vector256.Load(source + 48 + (pair * 32));
            Vector256<byte> lowBit = Vector256.ShiftLeft(high, 4).AsByte() & sixteen;
            Vector256<byte> highBit = Vector256.ShiftLeft(high, 3).AsByte() & sixteen;
            Unsafe.WriteUnaligned(ref chunk.Quants[pair * 64], (packed & mask) | lowBit);
            Unsafe.WriteUnaligned(
                ref chunk.Quants[(pair * 64) + 32], (Vector256.ShiftRightLogical(packed.AsUInt16(), 4).AsByte() & mask) | highBit);
            high = Vector256.ShiftRightLogical(high, 2);
        }
    }
}

/// <summary>Q6_K: 4 low and 2 high bits in two planes, value − 32, 8-bit scales per 16.</summary>
internal readonly unsafe struct Q6KFormat : IRowFormat
{
    public static int ChunkBytes => 210;

    public static bool IsSigned => false;

    public static bool HasMultipliers => true;

    public static int SafeAdditions => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(byte* source, int groups, ref RowChunk chunk)
    {
        Vector256<byte> nibble = Vector256.Create((byte)15), bits = Vector256.Create((byte)0x30);
        for (int half = 0; half < 2; half++)
        {
            Vector256<byte> first = Vector256.Load(source + (half * 64)), second = Vector256.Load(source + (half * 64) + 32);
            Vector256<ushort> high = Vector256.Load(source + 128 + (half * 32)).AsUInt16();
            ref byte target = ref chunk.Quants[half * 128];
            Unsafe.WriteUnaligned(ref target, (first & nibble) | (Vector256.ShiftLeft(high, 4).AsByte() & bits));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, 32), (second & nibble) | (Vector256.ShiftLeft(high, 2).AsByte() & bits));
            Unsafe.WriteUnaligned(
                ref Unsafe.Add(ref target, 64), (Vector256.ShiftRightLogical(first.AsUInt16(), 4).AsByte() & nibble) | (high.AsByte() & bits));
            Unsafe.WriteUnaligned(
                ref Unsafe.Add(ref target, 96),
                (Vector256.ShiftRightLogical(second.AsUInt16(), 4).AsByte() & nibble) | (Vector256.ShiftRightLogical(high, 2).AsByte() & bits));
        }

        float scale = HalfBits.Read(source + 208);
        Unsafe.WriteUnaligned(ref Unsafe.As<float, byte>(ref chunk.Scales[0]), Vector256.Create(scale));
        Vector128<sbyte> packedScales = Vector128.Load((sbyte*)source + 192);
        Vector256<short> scales = Avx2.ConvertToVector256Int16(packedScales);
        Vector256<float> offset = Vector256.Create(scale * 32);
        Vector256<float> lowMinima = offset * Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(scales.GetLower()));
        Vector256<float> highMinima = offset * Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(scales.GetUpper()));
        Unsafe.WriteUnaligned(ref Unsafe.As<float, byte>(ref chunk.Minima[0]), lowMinima);
        Unsafe.WriteUnaligned(ref Unsafe.As<float, byte>(ref chunk.Minima[8]), highMinima);
        for (int group = 0; group < 8; group++)
        {
            Vector128<byte> picked = Ssse3.Shuffle(packedScales.AsByte(), Vector128.Create((ulong)(2 * group) * 0x0101010101010101, (ulong)((2 * group) + 1) * 0x0101010101010101).AsByte());
            Unsafe.WriteUnaligned(ref Unsafe.As<short, byte>(ref chunk.Multipliers[group * 16]), Avx2.ConvertToVector256Int16(picked.AsSByte()));
        }
    }
}
