using System.Numerics;

namespace Cocoon.Ton.Cells;

/// <summary>
/// Reads a cell from front to back (the TVM's slice). Every <c>Load</c> moves on and throws <see cref="CellUnderflowException"/> when too
/// little is left; every <c>Preload</c> stays. Not thread safe; a clone is cheap.
/// </summary>
public sealed partial class Slice
{
    private readonly Cell cell;
    private readonly int endBit;
    private readonly int endReference;
    private int bit;
    private int reference;

    internal Slice(Cell cell)
        : this(cell, 0, cell.BitLength, 0, cell.ReferenceCount)
    {
    }

    private Slice(Cell cell, int bit, int endBit, int reference, int endReference)
    {
        this.cell = cell;
        this.bit = bit;
        this.endBit = endBit;
        this.reference = reference;
        this.endReference = endReference;
    }

    /// <summary>Bits left to read.</summary>
    public int RemainingBits => endBit - bit;

    /// <summary>References left to read.</summary>
    public int RemainingReferences => endReference - reference;

    /// <summary>Whether nothing is left.</summary>
    public bool IsEmpty => RemainingBits == 0 && RemainingReferences == 0;

    /// <summary>A second reader at the same place.</summary>
    public Slice Clone() => new(cell, bit, endBit, reference, endReference);

    /// <summary>Reads one bit.</summary>
    public bool LoadBit() => LoadUInt(1) != 0;

    /// <summary>Reads an unsigned number of 0 to 64 bits.</summary>
    public ulong LoadUInt(int bits)
    {
        ulong value = PreloadUInt(bits);
        bit += bits;
        return value;
    }

    /// <summary>Reads an unsigned number of 0 to 64 bits without moving on.</summary>
    public ulong PreloadUInt(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, 64u, nameof(bits));
        RequireBits(bits);
        return BitSpan.Read(cell.Data, bit, bits);
    }

    /// <summary>Reads a two's complement number of 1 to 64 bits.</summary>
    public long LoadInt(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bits);
        ulong value = LoadUInt(bits);
        return (long)(value << (64 - bits)) >> (64 - bits);
    }

    /// <summary>Reads an unsigned number of 0 to 256 bits.</summary>
    public BigInteger LoadUIntBig(int bits) => new(LoadAligned(bits), isUnsigned: true, isBigEndian: true);

    /// <summary>Reads a two's complement number of 1 to 257 bits.</summary>
    public BigInteger LoadIntBig(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bits);
        BigInteger value = new(LoadAligned(bits), isUnsigned: true, isBigEndian: true);
        return value >> (bits - 1) == 0 ? value : value - (BigInteger.One << bits);
    }

    /// <summary>Reads a 32-bit unsigned number, such as an op code.</summary>
    public uint LoadUInt32() => (uint)LoadUInt(32);

    /// <summary>Reads 256 bits: a hash, a public key, an account id.</summary>
    public Bits256 LoadBits256()
    {
        Span<byte> bytes = stackalloc byte[Bits256.Length];
        LoadBytes(bytes);
        return new Bits256(bytes);
    }

    /// <summary>Fills <paramref name="destination"/> with whole bytes.</summary>
    public void LoadBytes(Span<byte> destination)
    {
        RequireBits(8 * destination.Length);
        ReadOnlySpan<byte> data = cell.Data;
        if ((bit & 7) == 0)
        {
            data.Slice(bit >> 3, destination.Length).CopyTo(destination);
        }
        else
        {
            for (int index = 0; index < destination.Length; index++)
                destination[index] = (byte)BitSpan.Read(data, bit + (8 * index), 8);
        }

        bit += 8 * destination.Length;
    }

    /// <summary>Reads <paramref name="length"/> whole bytes.</summary>
    public byte[] LoadBytes(int length)
    {
        RequireBits(8 * length);
        byte[] bytes = new byte[length];
        LoadBytes(bytes.AsSpan());
        return bytes;
    }

    /// <summary>Reads bits left-aligned into bytes; unused bits of the last byte are zero.</summary>
    public byte[] LoadBits(int bits)
    {
        RequireBits(bits);
        byte[] bytes = new byte[(bits + 7) >> 3];
        ReadOnlySpan<byte> data = cell.Data;
        for (int index = 0; index < bytes.Length; index++)
        {
            int count = Math.Min(8, bits - (8 * index));
            bytes[index] = (byte)(BitSpan.Read(data, bit + (8 * index), count) << (8 - count));
        }

        bit += bits;
        return bytes;
    }

    /// <summary>Reads the next reference.</summary>
    public Cell LoadRef()
    {
        if (RemainingReferences == 0)
            throw new CellUnderflowException("references", 1, 0);
        return cell.Reference(reference++);
    }

    /// <summary>Reads TL-B <c>Maybe ^Cell</c>: one bit, then a reference if it is set.</summary>
    public Cell? LoadMaybeRef() => LoadBit() ? LoadRef() : null;

    /// <summary>What is left, as a cell of its own.</summary>
    public Cell AsCell() =>
        bit == 0 && reference == 0 && endBit == cell.BitLength && endReference == cell.ReferenceCount && !cell.IsExotic
            ? cell
            : CellBuilder.BeginCell().StoreSlice(this).EndCell();

    /// <summary>Checks that everything was read.</summary>
    /// <exception cref="TonFormatException">Something is left.</exception>
    public void EndParse()
    {
        if (!IsEmpty)
            throw new TonFormatException($"{RemainingBits} bits and {RemainingReferences} references are left over in the cell");
    }

    internal void CopyTo(Span<byte> destination, int destinationBit) =>
        BitSpan.Copy(destination, destinationBit, cell.Data, bit, RemainingBits);

    internal Cell PeekReference(int index) => cell.Reference(reference + index);

    /// <summary>Right-aligned bytes of an unsigned number.</summary>
    private byte[] LoadAligned(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, 257u, nameof(bits));
        RequireBits(bits);
        byte[] bytes = new byte[(bits + 7) >> 3];
        int head = bits & 7;
        int start = 0;
        if (head != 0)
        {
            bytes[0] = (byte)LoadUInt(head);
            start = 1;
        }

        LoadBytes(bytes.AsSpan(start));
        return bytes;
    }

    private void Take(int bits)
    {
        RequireBits(bits);
        bit += bits;
    }

    private void RequireBits(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bits);
        if (bits > RemainingBits)
            throw new CellUnderflowException("bits", bits, RemainingBits);
    }
}
