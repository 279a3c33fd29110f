namespace Cocoon.Inference.Kernels;

/// <summary>How one file format is unpacked by vector instructions, and what its bytes are like.</summary>
internal unsafe interface IRowFormat
{
    /// <summary>Bytes that hold 256 columns.</summary>
    static abstract int ChunkBytes { get; }

    /// <summary>True when the bytes are signed and there are no minima.</summary>
    static abstract bool IsSigned { get; }

    /// <summary>True when each 16 columns have an integer scale and a minimum of their own.</summary>
    static abstract bool HasMultipliers { get; }

    /// <summary>How many sums of two products fit 16 bits: the products are at most top value × 127.</summary>
    static abstract int SafeAdditions { get; }

    /// <summary>Unpacks <paramref name="groups"/> (1 to 8) groups of 32 columns; scales and minima past them become 0.</summary>
    static abstract void Unpack(byte* source, int groups, ref RowChunk chunk);
}
