using System.Numerics;
using System.Text;

namespace Cocoon.Ton.Cells;

/// <content>Stores TON's common types (block.tlb).</content>
public sealed partial class CellBuilder
{
    /// <summary>Stores TL-B <c>Coins</c> (<c>VarUInteger 16</c>) in its minimal form.</summary>
    public CellBuilder StoreCoins(Coins coins)
    {
        UInt128 nano = coins.Nano;
        int bytes = (128 - (int)UInt128.LeadingZeroCount(nano) + 7) >> 3;
        RequireBits(4 + (8 * bytes));
        StoreUInt((ulong)bytes, 4);
        if (bytes > 8)
            StoreUInt((ulong)(nano >> 64), 8 * (bytes - 8));
        return StoreUInt((ulong)nano, 8 * Math.Min(bytes, 8));
    }

    /// <summary>Stores TL-B <c>VarUInteger n</c>: a byte count of <paramref name="lengthBits"/> bits and so many bytes, minimal.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or too large for the count.</exception>
    public CellBuilder StoreVarUInt(BigInteger value, int lengthBits)
    {
        int bytes = value.IsZero ? 0 : value.GetByteCount(isUnsigned: value.Sign >= 0);
        if (value.Sign < 0 || bytes >= 1 << lengthBits)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"does not fit a VarUInteger {1 << lengthBits}");
        StoreUInt((ulong)bytes, lengthBits);
        return StoreUInt(value, 8 * bytes);
    }

    /// <summary>Stores an internal address, or <c>addr_none</c> for null.</summary>
    public CellBuilder StoreAddress(Address? address) => address is null
        ? StoreUInt(0, 2)
        : StoreUInt(0b100, 3).StoreInt(address.Workchain, 8).StoreBits256(address.Hash);

    /// <summary>Stores an external address, or <c>addr_none</c> for null.</summary>
    public CellBuilder StoreAddress(ExternalAddress? address) => address is null
        ? StoreUInt(0, 2)
        : StoreUInt(0b01, 2).StoreUInt((ulong)address.BitLength, 9).StoreBits(address.Bits.Span, address.BitLength);

    /// <summary>Stores a dictionary (TL-B <c>HashmapE</c>).</summary>
    public CellBuilder StoreDict<TKey, TValue>(HashmapE<TKey, TValue>? dictionary)
        where TKey : notnull =>
        StoreMaybeRef(dictionary?.ToRoot());

    /// <summary>Stores bytes to the cell's end and on through a chain of references ("snake" format, TEP-64).</summary>
    public CellBuilder StoreSnake(ReadOnlySpan<byte> bytes)
    {
        int here = Math.Min(bytes.Length, AvailableBits / 8);
        Cell? rest = null;

        // From the end to the front, so that a long text needs no recursion.
        const int bytesPerCell = Cell.MaxBits / 8;
        int tail = bytes.Length - here;
        for (int end = bytes.Length; tail > 0;)
        {
            int length = tail % bytesPerCell == 0 ? bytesPerCell : tail % bytesPerCell;
            CellBuilder part = BeginCell().StoreBytes(bytes[(end - length)..end]);
            rest = (rest is null ? part : part.StoreRef(rest)).EndCell();
            end -= length;
            tail -= length;
        }

        StoreBytes(bytes[..here]);
        return rest is null ? this : StoreRef(rest);
    }

    /// <summary>Stores UTF-8 text in snake format.</summary>
    public CellBuilder StoreSnake(string text) => StoreSnake(Encoding.UTF8.GetBytes(text));
}
