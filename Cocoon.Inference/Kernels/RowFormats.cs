using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>The scales of formats that put a half before each 32 values.</summary>
internal static unsafe class HalfScales
{
    /// <summary>Reads <paramref name="groups"/> scales that lie <paramref name="stride"/> bytes apart, and fills up to eight with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Read(byte* source, int stride, int groups)
    {
        // Inserted in registers: eight narrow stores under one wide load would stall it.
        Vector128<ushort> low = Vector128.CreateScalar(Unsafe.ReadUnaligned<ushort>(source)), high = default;
        if (groups == 8 && Sse2.IsSupported)
        {
            low = Sse2.Insert(low, Unsafe.ReadUnaligned<ushort>(source + stride), 1);
            low = Sse2.Insert(low, Unsafe.ReadUnaligned<ushort>(source + (2 * stride)), 2);
            low = Sse2.Insert(low, Unsafe.ReadUnaligned<ushort>(source + (3 * stride)), 3);
            high = Vector128.CreateScalar(Unsafe.ReadUnaligned<ushort>(source + (4 * stride)));
            high = Sse2.Insert(high, Unsafe.ReadUnaligned<ushort>(source + (5 * stride)), 1);
            high = Sse2.Insert(high, Unsafe.ReadUnaligned<ushort>(source + (6 * stride)), 2);
            high = Sse2.Insert(high, Unsafe.ReadUnaligned<ushort>(source + (7 * stride)), 3);
            low = Sse2.UnpackLow(low.AsUInt64(), high.AsUInt64()).AsUInt16();
        }
        else
        {
            for (int group = 1; group < groups; group++)
                low = low.WithElement(group, Unsafe.ReadUnaligned<ushort>(source + (group * stride)));
        }

        return HalfBits.Widen(low);
    }
}

/// <summary>Q8_0: 32 signed bytes behind a half.</summary>
internal readonly unsafe struct Q8Format : IRowFormat
{
    public static int ChunkBytes => 8 * 34;

    public static bool IsSigned => true;

    public static bool HasMultipliers => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadScales(byte* source, int groups, RowChunk* chunk) => HalfScales.Read(source, 34, groups).Store(chunk->Scales);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ReadGroup(byte* source, int group) => Vector256.Load(source + 2 + (group * 34));
}

/// <summary>Q8_0 again, its bytes moved up by 128 to be unsigned.</summary>
internal readonly unsafe struct Q8OffsetFormat : IRowFormat
{
    public static int ChunkBytes => 8 * 34;

    public static bool IsSigned => false;

    public static bool HasMultipliers => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadScales(byte* source, int groups, RowChunk* chunk)
    {
        Vector256<float> scales = HalfScales.Read(source, 34, groups);
        scales.Store(chunk->Scales);
        (scales * Vector256.Create(128f)).Store(chunk->Minima);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ReadGroup(byte* source, int group) => Vector256.Load(source + 2 + (group * 34)) ^ Vector256.Create((byte)128);
}

/// <summary>Q4_0: 32 nibbles behind a half, value − 8.</summary>
internal readonly unsafe struct Q4Format : IRowFormat
{
    public static int ChunkBytes => 8 * 18;

    public static bool IsSigned => false;

    public static bool HasMultipliers => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadScales(byte* source, int groups, RowChunk* chunk)
    {
        Vector256<float> scales = HalfScales.Read(source, 18, groups);
        scales.Store(chunk->Scales);
        (scales * Vector256.Create(8f)).Store(chunk->Minima);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ReadGroup(byte* source, int group)
    {
        Vector128<byte> packed = Vector128.Load(source + 2 + (group * 18));
        return Vector256.Create(packed, Vector128.ShiftRightLogical(packed.AsUInt16(), 4).AsByte()) & Vector256.Create((byte)15);
    }
}

/// <summary>Q4_K: 256 nibbles with 6-bit scales and minima per 32.</summary>
internal readonly unsafe struct Q4KFormat : IRowFormat
{
    public static int ChunkBytes => 144;

    public static bool IsSigned => false;

    public static bool HasMultipliers => false;

    /// <summary>Eight scales and eight minima of 6 bits out of 12 bytes, a byte each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (ulong Scales, ulong Minima) ScalesAndMinima(byte* source)
    {
        uint first = Unsafe.ReadUnaligned<uint>(source + 4), second = Unsafe.ReadUnaligned<uint>(source + 8), third = Unsafe.ReadUnaligned<uint>(source + 12);
        ulong scales = (first & 0x3f3f3f3f) | ((ulong)((third & 0x0f0f0f0f) | ((first >> 2) & 0x30303030)) << 32);
        ulong minima = (second & 0x3f3f3f3f) | ((ulong)(((third >> 4) & 0x0f0f0f0f) | ((second >> 2) & 0x30303030)) << 32);
        return (scales, minima);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadScales(byte* source, int groups, RowChunk* chunk)
    {
        (ulong scales, ulong minima) = ScalesAndMinima(source);
        Vector256<float> scale = Vector256.Create(HalfBits.Read(source)), minimum = Vector256.Create(HalfBits.Read(source + 2));
        (scale * ToFloats(scales)).Store(chunk->Scales);
        (minimum * ToFloats(minima)).Store(chunk->Minima);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ReadGroup(byte* source, int group) => Nibbles(source + 16, group);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> Nibbles(byte* pairs, int group)
    {
        Vector256<byte> packed = Vector256.Load(pairs + (group / 2 * 32));
        return (group % 2 == 0 ? packed : Vector256.ShiftRightLogical(packed.AsUInt16(), 4).AsByte()) & Vector256.Create((byte)15);
    }

    private static Vector256<float> ToFloats(ulong bytes)
    {
        Vector128<byte> packed = Vector128.CreateScalar(bytes).AsByte();
        if (Avx2.IsSupported)
            return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(packed));
        Vector128<ushort> shorts = Vector128.WidenLower(packed);
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(shorts), Vector128.WidenUpper(shorts)).AsInt32());
    }
}

/// <summary>Q5_K: Q4_K with a fifth bit in a plane of its own.</summary>
internal readonly unsafe struct Q5KFormat : IRowFormat
{
    public static int ChunkBytes => 176;

    public static bool IsSigned => false;

    public static bool HasMultipliers => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadScales(byte* source, int groups, RowChunk* chunk) => Q4KFormat.ReadScales(source, groups, chunk);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ReadGroup(byte* source, int group)
    {
        Vector256<ushort> high = Vector256.Load(source + 16).AsUInt16();
        Vector256<ushort> placed = group <= 4 ? Vector256.ShiftLeft(high, 4 - group) : Vector256.ShiftRightLogical(high, group - 4);
        return Q4KFormat.Nibbles(source + 48, group) | (placed.AsByte() & Vector256.Create((byte)16));
    }
}

/// <summary>Q6_K: 4 low and 2 high bits in two planes, value − 32, 8-bit scales per 16.</summary>
internal readonly unsafe struct Q6KFormat : IRowFormat
{
    public static int ChunkBytes => 210;

    public static bool IsSigned => false;

    public static bool HasMultipliers => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadScales(byte* source, int groups, RowChunk* chunk)
    {
        float scale = HalfBits.Read(source + 208);
        Vector256.Create(scale).Store(chunk->Scales);
        if (!Avx2.IsSupported)
        {
            ReadScalesPortably((sbyte*)source + 192, scale, chunk);
            return;
        }

        Vector128<sbyte> packedScales = Vector128.Load((sbyte*)source + 192);
        Vector256<short> scales = Avx2.ConvertToVector256Int16(packedScales);
        Vector256<float> offset = Vector256.Create(scale * 32);
        (offset * Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(scales.GetLower()))).Store(chunk->Minima);
        (offset * Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(scales.GetUpper()))).Store(chunk->Minima + 8);
        Vector128<byte> pick = Vector128.Create(0ul, 0x0101010101010101).AsByte(), two = Vector128.Create((byte)2);
        for (int group = 0; group < 8; group++)
        {
            Avx2.ConvertToVector256Int16(Ssse3.Shuffle(packedScales.AsByte(), pick).AsSByte()).Store(chunk->Multipliers + (group * 16));
            pick += two;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ReadGroup(byte* source, int group)
    {
        Vector256<byte> low = Vector256.Load(source + (group / 4 * 64) + (group % 2 * 32));
        Vector256<ushort> high = Vector256.Load(source + 128 + (group / 4 * 32)).AsUInt16();
        Vector256<byte> nibbles = (group % 4 < 2 ? low : Vector256.ShiftRightLogical(low.AsUInt16(), 4).AsByte()) & Vector256.Create((byte)15);
        int place = group % 4 * 2;
        Vector256<ushort> placed = place <= 4 ? Vector256.ShiftLeft(high, 4 - place) : Vector256.ShiftRightLogical(high, place - 4);
        return nibbles | (placed.AsByte() & Vector256.Create((byte)0x30));
    }

    private static void ReadScalesPortably(sbyte* scales, float scale, RowChunk* chunk)
    {
        for (int half = 0; half < 16; half++)
        {
            chunk->Minima[half] = scale * 32 * scales[half];
            Vector128.Create((short)scales[half]).Store(chunk->Multipliers + (half * 8));
        }
    }
}
