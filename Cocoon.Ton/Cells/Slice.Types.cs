using System.Numerics;

namespace Cocoon.Ton.Cells;

/// <content>Reads TON's common types (block.tlb).</content>
public sealed partial class Slice
{
    private const int AddressNone = 0;
    private const int AddressExternal = 1;
    private const int AddressStandard = 2;

    /// <summary>Reads TL-B <c>Coins</c> (<c>VarUInteger 16</c>): a byte count of 4 bits and so many bytes.</summary>
    /// <exception cref="TonFormatException">The number has a leading zero byte: the form is not the minimal one.</exception>
    public Coins LoadCoins()
    {
        int length = (int)LoadUInt(4);
        RequireBits(8 * length);
        UInt128 value = 0;
        for (int index = 0; index < length; index++)
            value = (value << 8) | LoadUInt(8);
        if (length > 0 && value >> (8 * (length - 1)) == 0)
            throw new TonFormatException($"an amount of coins is written in {length} bytes, more than it needs");
        return new Coins(value);
    }

    /// <summary>Reads TL-B <c>Maybe Coins</c>.</summary>
    public Coins? LoadMaybeCoins() => LoadBit() ? LoadCoins() : null;

    /// <summary>Reads TL-B <c>VarUInteger n</c>: a byte count of <paramref name="lengthBits"/> bits (3 for n = 7, 5 for n = 32).</summary>
    public BigInteger LoadVarUInt(int lengthBits)
    {
        int length = (int)LoadUInt(lengthBits);
        return new BigInteger(LoadBytes(length), isUnsigned: true, isBigEndian: true);
    }

    /// <summary>Reads an internal address that must be there.</summary>
    /// <exception cref="TonFormatException">It is <c>addr_none</c>, external, variable or has anycast information.</exception>
    public Address LoadAddress() =>
        LoadMaybeAddress() ?? throw new TonFormatException("an address is missing (addr_none)");

    /// <summary>Reads an internal address; null for <c>addr_none</c>.</summary>
    public Address? LoadMaybeAddress()
    {
        int kind = (int)LoadUInt(2);
        if (kind == AddressNone)
            return null;
        if (kind != AddressStandard)
            throw new TonFormatException($"an address of kind {kind} where a standard one (2) is expected");
        if (LoadBit())
            throw new TonFormatException("an address with anycast information, which TON no longer uses");
        int workchain = (int)LoadInt(8);
        return workchain is 0 or -1
            ? new Address(workchain, LoadBits256())
            : throw new TonFormatException($"an address of workchain {workchain}; TON has 0 and -1");
    }

    /// <summary>Reads an external address; null for <c>addr_none</c>.</summary>
    public ExternalAddress? LoadMaybeExternalAddress()
    {
        int kind = (int)LoadUInt(2);
        if (kind == AddressNone)
            return null;
        if (kind != AddressExternal)
            throw new TonFormatException($"an address of kind {kind} where an external one (1) is expected");
        int length = (int)LoadUInt(9);
        return new ExternalAddress(LoadBits(length), length);
    }

    /// <summary>Reads a dictionary (TL-B <c>HashmapE</c>): one bit, then a reference to its root if it is set.</summary>
    /// <param name="keys">How keys are written.</param>
    /// <param name="values">How values are written.</param>
    /// <param name="entriesMax">The most entries to read: a shared subtree can stand for more entries than there are atoms.</param>
    public HashmapE<TKey, TValue> LoadDict<TKey, TValue>(DictionaryKey<TKey> keys, DictionaryValue<TValue> values, int entriesMax = 65_536)
        where TKey : notnull =>
        HashmapE<TKey, TValue>.Load(LoadMaybeRef(), keys, values, entriesMax);

    /// <summary>Reads UTF-8 text to the end of the slice and on through the chain of first references ("snake" format, TEP-64).</summary>
    /// <param name="bytesMax">The longest text to accept.</param>
    /// <exception cref="TonFormatException">The data are no whole bytes or longer than allowed.</exception>
    public byte[] LoadSnake(int bytesMax = 65_536)
    {
        using MemoryStream bytes = new();
        for (Slice part = this; ; part = part.LoadRef().BeginParse())
        {
            if ((part.RemainingBits & 7) != 0)
                throw new TonFormatException($"snake data of {part.RemainingBits} bits: whole bytes are expected");
            bytes.Write(part.LoadBytes(part.RemainingBits / 8));
            if (bytes.Length > bytesMax)
                throw new TonFormatException($"snake data of more than {bytesMax} bytes");
            if (part.RemainingReferences == 0)
                return bytes.ToArray();
        }
    }
}
