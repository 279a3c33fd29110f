namespace Cocoon.Ton.Wallets;

/// <summary>
/// A query id of Highload Wallet v3: 13 bits of shift and a bit number from 0 to 1,022. Each may be used once, and again after twice the
/// wallet's timeout.
/// </summary>
public readonly record struct HighloadQueryId
{
    /// <summary>How many query ids there are: 8,380,416.</summary>
    public const int Count = (MaxShift + 1) * BitsPerShift;

    private const int BitsPerShift = 1_023;
    private const int MaxShift = 8_191;

    private HighloadQueryId(uint value) => Value = value;

    /// <summary>The 23 bits as they stand in a request.</summary>
    public uint Value { get; }

    /// <summary>Which bitmap.</summary>
    public int Shift => (int)(Value >> 10);

    /// <summary>Which bit of it.</summary>
    public int BitNumber => (int)(Value & 0x3ff);

    /// <summary>The place in the order of ids, 0 to 8,380,415.</summary>
    public int Sequence => (Shift * BitsPerShift) + BitNumber;

    /// <summary>The id at a place in the order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The place is not 0 to 8,380,415.</exception>
    public static HighloadQueryId FromSequence(int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)sequence, (uint)Count, nameof(sequence));
        return new HighloadQueryId((uint)(((sequence / BitsPerShift) << 10) + (sequence % BitsPerShift)));
    }

    /// <summary>Reads the 23 bits of a request.</summary>
    /// <exception cref="TonFormatException">The bit number is 1,023, which the contract refuses.</exception>
    public static HighloadQueryId FromValue(uint value) => value >> 23 == 0 && (value & 0x3ff) != 0x3ff
        ? new HighloadQueryId(value)
        : throw new TonFormatException($"{value} is no highload query id");
}
