using System.Runtime.Intrinsics;

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

    /// <summary>Reads scales, minima and multipliers of <paramref name="groups"/> (1 to 8) groups of 32 columns; past them scales and minima become 0.</summary>
    static abstract void ReadScales(byte* source, int groups, RowChunk* chunk);

    /// <summary>The 32 bytes of a group, 0 to 7.</summary>
    static abstract Vector256<byte> ReadGroup(byte* source, int group);
}
