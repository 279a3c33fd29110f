using System.Numerics;

namespace Cocoon.Ton.Cells;

/// <summary>
/// Builds a cell from front to back (the TVM's builder). Every <c>Store</c> returns the builder and throws
/// <see cref="CellOverflowException"/> when the cell is full. Not thread safe.
/// </summary>
public sealed partial class CellBuilder
{
    // 128 bytes of data and the slack that writing a 64-bit word at the last bit touches.
    private readonly byte[] buffer = new byte[128 + 9];
    private Cell.CellReferences references;
    private int bitLength;
    private int referenceCount;

    private CellBuilder()
    {
    }

    /// <summary>Bits stored so far.</summary>
    public int BitLength => bitLength;

    /// <summary>References stored so far.</summary>
    public int ReferenceCount => referenceCount;

    /// <summary>Bits that still fit.</summary>
    public int AvailableBits => Cell.MaxBits - bitLength;

    /// <summary>References that still fit.</summary>
    public int AvailableReferences => Cell.MaxReferences - referenceCount;

    /// <summary>Starts an empty cell.</summary>
    public static CellBuilder BeginCell() => new();

    /// <summary>Stores one bit.</summary>
    public CellBuilder StoreBit(bool value) => StoreUInt(value ? 1u : 0u, 1);

    /// <summary>Stores an unsigned number in 0 to 64 bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit that many bits.</exception>
    public CellBuilder StoreUInt(ulong value, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, 64u, nameof(bits));
        if (bits < 64 && value >> bits != 0)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"does not fit {bits} unsigned bits");
        RequireBits(bits);
        BitSpan.Write(buffer, bitLength, value, bits);
        bitLength += bits;
        return this;
    }

    /// <summary>Stores a two's complement number in 1 to 64 bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit that many bits.</exception>
    public CellBuilder StoreInt(long value, int bits)
    {
        if (bits is < 1 or > 64)
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "expected 1 to 64");
        long rest = value >> (bits - 1);
        if (rest is not (0 or -1))
            throw new ArgumentOutOfRangeException(nameof(value), value, $"does not fit {bits} signed bits");
        return StoreUInt((ulong)value & (ulong.MaxValue >> (64 - bits)), bits);
    }

    /// <summary>Stores an unsigned number in 0 to 256 bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or does not fit that many bits.</exception>
    public CellBuilder StoreUInt(BigInteger value, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, 257u, nameof(bits));
        if (value.Sign < 0 || value >> bits != 0)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"does not fit {bits} unsigned bits");
        RequireBits(bits);
        for (int rest = bits; rest > 0; rest -= Math.Min(rest, 56))
        {
            int count = Math.Min(rest, 56);
            StoreUInt((ulong)((value >> (rest - count)) & ((1UL << count) - 1)), count);
        }

        return this;
    }

    /// <summary>Stores a two's complement number in 1 to 257 bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit that many bits.</exception>
    public CellBuilder StoreInt(BigInteger value, int bits)
    {
        if (bits is < 1 or > 257)
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "expected 1 to 257");
        BigInteger limit = BigInteger.One << (bits - 1);
        if (value >= limit || value < -limit)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"does not fit {bits} signed bits");
        return StoreUInt(value.Sign < 0 ? value + (BigInteger.One << bits) : value, bits);
    }

    /// <summary>Stores whole bytes.</summary>
    public CellBuilder StoreBytes(ReadOnlySpan<byte> bytes) => StoreBits(bytes, 8 * bytes.Length);

    /// <summary>Stores the first <paramref name="bits"/> bits of left-aligned bytes.</summary>
    public CellBuilder StoreBits(ReadOnlySpan<byte> bytes, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, (uint)(8 * bytes.Length), nameof(bits));
        RequireBits(bits);
        BitSpan.Copy(buffer, bitLength, bytes, 0, bits);
        bitLength += bits;
        return this;
    }

    /// <summary>Stores 256 bits.</summary>
    public CellBuilder StoreBits256(in Bits256 value) => StoreBytes(value.AsSpan());

    /// <summary>Stores a reference.</summary>
    public CellBuilder StoreRef(Cell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        if (AvailableReferences == 0)
            throw new CellOverflowException("references", 1, 0);
        references[referenceCount++] = cell;
        return this;
    }

    /// <summary>Stores TL-B <c>Maybe ^Cell</c>: a bit, and a reference if there is one.</summary>
    public CellBuilder StoreMaybeRef(Cell? cell) => cell is null ? StoreBit(false) : StoreBit(true).StoreRef(cell);

    /// <summary>Stores what is left of a slice, which stays as it is.</summary>
    public CellBuilder StoreSlice(Slice slice)
    {
        RequireBits(slice.RemainingBits);
        if (slice.RemainingReferences > AvailableReferences)
            throw new CellOverflowException("references", slice.RemainingReferences, AvailableReferences);
        slice.CopyTo(buffer, bitLength);
        bitLength += slice.RemainingBits;
        for (int index = 0; index < slice.RemainingReferences; index++)
            references[referenceCount++] = slice.PeekReference(index);
        return this;
    }

    /// <summary>Stores a cell's content, not a reference to it.</summary>
    public CellBuilder StoreContent(Cell cell) => StoreSlice(cell.BeginParse());

    /// <summary>Stores what another builder holds.</summary>
    public CellBuilder StoreBuilder(CellBuilder other)
    {
        if (other.referenceCount > AvailableReferences)
            throw new CellOverflowException("references", other.referenceCount, AvailableReferences);
        StoreBits(other.buffer, other.bitLength);
        for (int index = 0; index < other.referenceCount; index++)
            references[referenceCount++] = other.references[index];
        return this;
    }

    /// <summary>Finishes the cell. The builder may go on; the cell does not change with it.</summary>
    public Cell EndCell() => EndCell(isExotic: false);

    /// <summary>Finishes an exotic cell, whose first byte is its type.</summary>
    /// <exception cref="TonFormatException">The content is not that of an exotic cell.</exception>
    public Cell EndExoticCell() => EndCell(isExotic: true);

    private Cell EndCell(bool isExotic)
    {
        byte[] data = buffer.AsSpan(0, (bitLength + 7) >> 3).ToArray();
        if ((bitLength & 7) != 0)
            data[^1] |= (byte)(0x80 >> (bitLength & 7));
        return new Cell(data, 0, bitLength, references, referenceCount, isExotic);
    }

    private void RequireBits(int bits)
    {
        if (bits > AvailableBits)
            throw new CellOverflowException("bits", bits, AvailableBits);
    }
}
