using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Cocoon.Protocol.Identity;

/// <summary>Thirty-two bytes held by value: the body of keys, ids and hashes. Ordered as big-endian numbers.</summary>
[InlineArray(Length)]
public struct Bytes32 : IEquatable<Bytes32>, IComparable<Bytes32>
{
    /// <summary>Size in bytes.</summary>
    public const int Length = 32;

    private byte first;

    /// <summary>Copies exactly 32 bytes; any other length throws <see cref="ArgumentException"/>.</summary>
    public static Bytes32 From(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"expected {Length} bytes, got {bytes.Length}", nameof(bytes));
        Bytes32 value = default;
        bytes.CopyTo(value);
        return value;
    }

    /// <summary>Reads 64 hexadecimal digits, either case.</summary>
    public static bool TryParseHex(ReadOnlySpan<char> hex, out Bytes32 value)
    {
        value = default;
        return hex.Length == 2 * Length
            && Convert.FromHexString(hex, value, out _, out int written) == System.Buffers.OperationStatus.Done
            && written == Length;
    }

    /// <summary>The bytes as a read-only view of this value.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public readonly ReadOnlySpan<byte> AsSpan() => this;

    /// <summary>A copy on the heap.</summary>
    public readonly byte[] ToArray() => AsSpan().ToArray();

    /// <inheritdoc/>
    public readonly bool Equals(Bytes32 other) => AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Bytes32 other && Equals(other);

    /// <summary>The first four bytes: keys and hashes are already uniform, and the value is the same in every process.</summary>
    public override readonly int GetHashCode() => BinaryPrimitives.ReadInt32LittleEndian(AsSpan());

    /// <inheritdoc/>
    public readonly int CompareTo(Bytes32 other) => AsSpan().SequenceCompareTo(other.AsSpan());

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override readonly string ToString() => Convert.ToHexStringLower(AsSpan());

    /// <summary>Whether the bytes are the same.</summary>
    public static bool operator ==(Bytes32 left, Bytes32 right) => left.Equals(right);

    /// <summary>Whether any byte differs.</summary>
    public static bool operator !=(Bytes32 left, Bytes32 right) => !left.Equals(right);
}
