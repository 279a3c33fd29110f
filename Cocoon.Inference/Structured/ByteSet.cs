namespace Cocoon.Inference.Structured;

/// <summary>A set of byte values.</summary>
internal readonly record struct ByteSet(ulong A, ulong B, ulong C, ulong D)
{
    public static ByteSet Of(byte first, byte last)
    {
        ByteSet set = default;
        for (int value = first; value <= last; value++)
            set = set.With((byte)value);
        return set;
    }

    public static ByteSet Of(ReadOnlySpan<byte> values)
    {
        ByteSet set = default;
        foreach (byte value in values)
            set = set.With(value);
        return set;
    }

    public bool IsEmpty => (A | B | C | D) == 0;

    public bool Contains(byte value)
    {
        ulong word = (value >> 6) switch { 0 => A, 1 => B, 2 => C, _ => D };
        return (word >> (value & 63) & 1) != 0;
    }

    public ByteSet With(byte value)
    {
        ulong bit = 1UL << (value & 63);
        return (value >> 6) switch { 0 => this with { A = A | bit }, 1 => this with { B = B | bit }, 2 => this with { C = C | bit }, _ => this with { D = D | bit } };
    }

    public ByteSet Union(ByteSet other) => new(A | other.A, B | other.B, C | other.C, D | other.D);

    public ByteSet Except(ByteSet other) => new(A & ~other.A, B & ~other.B, C & ~other.C, D & ~other.D);
}
