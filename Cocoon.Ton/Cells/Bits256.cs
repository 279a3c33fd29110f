using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cocoon.Ton.Cells;

/// <summary>256 bits by value, TL-B <c>bits256</c>: hashes and account ids. Ordered as a big-endian number.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Bits256 : IEquatable<Bits256>, IComparable<Bits256>
{
    /// <summary>Size in bytes.</summary>
    public const int Length = 32;

    private readonly ulong word0;
    private readonly ulong word1;
    private readonly ulong word2;
    private readonly ulong word3;

    /// <summary>Copies exactly 32 bytes.</summary>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public Bits256(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"expected {Length} bytes, got {bytes.Length}", nameof(bytes));
        this = MemoryMarshal.Read<Bits256>(bytes);
    }

    /// <summary>The bytes as a view of this value.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AsRef(in word0), Length / sizeof(ulong)));

    /// <summary>A copy on the heap.</summary>
    public byte[] ToArray() => AsSpan().ToArray();

    /// <summary>Reads 64 hexadecimal digits of either case.</summary>
    /// <exception cref="TonFormatException">Anything else.</exception>
    public static Bits256 ParseHex(string hex) =>
        TryParseHex(hex, out Bits256 value) ? value : throw new TonFormatException($"expected 64 hexadecimal digits, got \"{hex}\"");

    /// <summary>Reads 64 hexadecimal digits of either case; false for anything else.</summary>
    public static bool TryParseHex(ReadOnlySpan<char> hex, out Bits256 value)
    {
        value = default;
        Span<byte> bytes = stackalloc byte[Length];
        if (hex.Length != 2 * Length || Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
            return false;
        value = new Bits256(bytes);
        return true;
    }

    /// <summary>Reads a hash as APIs write it: 64 hexadecimal digits, or 44 (or 43, unpadded) characters of either base64 alphabet.</summary>
    public static bool TryParse(string? text, out Bits256 value)
    {
        value = default;
        if (text is null)
            return false;
        if (text.Length == 2 * Length)
            return TryParseHex(text, out value);
        if (text.Length is not (43 or 44))
            return false;
        Span<byte> bytes = stackalloc byte[Length + 1];
        string padded = text.Replace('-', '+').Replace('_', '/').PadRight(44, '=');
        if (!Convert.TryFromBase64String(padded, bytes, out int written) || written != Length)
            return false;
        value = new Bits256(bytes[..Length]);
        return true;
    }

    /// <summary>Standard base64, 44 characters, as toncenter writes hashes.</summary>
    public string ToBase64() => Convert.ToBase64String(AsSpan());

    /// <inheritdoc/>
    public bool Equals(Bits256 other) =>
        ((word0 ^ other.word0) | (word1 ^ other.word1) | (word2 ^ other.word2) | (word3 ^ other.word3)) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Bits256 other && Equals(other);

    /// <summary>Eight of the bytes folded: the values are hashes already.</summary>
    public override int GetHashCode() => word0.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(Bits256 other) => AsSpan().SequenceCompareTo(other.AsSpan());

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(AsSpan());

    /// <summary>Whether all bits are the same.</summary>
    public static bool operator ==(Bits256 left, Bits256 right) => left.Equals(right);

    /// <summary>Whether any bit differs.</summary>
    public static bool operator !=(Bits256 left, Bits256 right) => !left.Equals(right);

    internal ulong FirstWord => word0;
}
