using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cocoon.Ton.Cells;

/// <summary>
/// TON's unit of data: up to 1,023 bits and up to 4 references to other cells, immutable, known by its hash
/// (TON documentation, "Cell and bag of cells"; whitepaper TVM 3.1). Ordinary and exotic cells. Thread safe.
/// </summary>
public sealed partial class Cell : IEquatable<Cell>
{
    /// <summary>The most data bits a cell holds.</summary>
    public const int MaxBits = 1023;

    /// <summary>The most references a cell holds.</summary>
    public const int MaxReferences = 4;

    /// <summary>The deepest tree of cells: references on the longest way down.</summary>
    public const int MaxDepth = 1024;

    // The data with its completion tag (a one bit and zeros when the length is no whole number of bytes), as hashing and writing want it.
    private readonly byte[] buffer;
    private readonly int offset;
    private readonly ushort bitLength;
    private readonly byte referenceCount;
    private readonly byte levelMask;
    private readonly sbyte type;
    private readonly ushort depth;
    private CellReferences references;
    private readonly Bits256 hash;
    private readonly LowerLevel[] lowerLevels;

    /// <summary>The cell with no bits and no references.</summary>
    public static Cell Empty { get; } = new([], 0, 0, default, 0, isExotic: false);

    /// <summary>Number of data bits, 0 to 1,023.</summary>
    public int BitLength => bitLength;

    /// <summary>Number of references, 0 to 4.</summary>
    public int ReferenceCount => referenceCount;

    /// <summary>Ordinary, or which kind of exotic cell.</summary>
    public CellType Type => (CellType)type;

    /// <summary>Whether the cell is not an ordinary one.</summary>
    public bool IsExotic => type != (sbyte)CellType.Ordinary;

    /// <summary>The representation hash, which names the cell.</summary>
    public Bits256 Hash => hash;

    /// <summary>References on the longest way down, 0 to 1,024.</summary>
    public int Depth => depth;

    /// <summary>Level mask, 0 to 7: which levels of Merkle proofs the pruned branches below belong to.</summary>
    public int LevelMask => levelMask;

    /// <summary>Level, 0 to 3; 0 for every cell that holds no pruned branch.</summary>
    public int Level => 32 - BitOperations.LeadingZeroCount((uint)levelMask);

    /// <summary>The first descriptor byte of the whole cell.</summary>
    internal byte Descriptor1 => (byte)(referenceCount + (IsExotic ? 8 : 0) + (32 * levelMask));

    /// <summary>The second descriptor byte: twice the whole data bytes, plus one when the last is not full.</summary>
    internal byte Descriptor2 => DescribeBits(bitLength);

    /// <summary>The data bytes, the last one with its completion tag.</summary>
    internal ReadOnlySpan<byte> Data => buffer.AsSpan(offset, (bitLength + 7) >> 3);

    /// <summary>The reference at <paramref name="index"/>, counted from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The cell has no such reference.</exception>
    public Cell Reference(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, referenceCount, nameof(index));
        return references[index]!;
    }

    /// <summary>The hash at a level, 0 to 3; at the cell's own level and above it is <see cref="Hash"/>.</summary>
    public Bits256 HashAt(int level)
    {
        int index = SignificantLevelsBelow(level);
        return index < lowerLevels.Length ? lowerLevels[index].Hash : hash;
    }

    /// <summary>The depth at a level, 0 to 3.</summary>
    public int DepthAt(int level)
    {
        int index = SignificantLevelsBelow(level);
        return index < lowerLevels.Length ? lowerLevels[index].Depth : depth;
    }

    /// <summary>A reader at the cell's start.</summary>
    /// <param name="allowExotic">Set to read an exotic cell's raw content, which is never what an ordinary parser expects.</param>
    /// <exception cref="TonFormatException">The cell is exotic and that was not allowed.</exception>
    public Slice BeginParse(bool allowExotic = false)
    {
        if (IsExotic && !allowExotic)
            throw new TonFormatException($"cell {hash} is a {Type}, an ordinary cell was expected");
        return new Slice(this);
    }

    /// <summary>Whether both cells have the same representation hash.</summary>
    public bool Equals(Cell? other) => other is not null && hash == other.hash;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Cell);

    /// <inheritdoc/>
    public override int GetHashCode() => hash.GetHashCode();

    /// <summary>A short description for logs and debuggers.</summary>
    public override string ToString() => $"{Type} cell, {bitLength} bits, {referenceCount} references, {hash}";

    /// <summary>Reads a bag of cells with one root (<see cref="BagOfCells.Parse"/>).</summary>
    /// <exception cref="BocException">The bytes are not a valid bag of cells with one root.</exception>
    public static Cell FromBoc(ReadOnlySpan<byte> boc) => BagOfCells.ParseSingle(boc, BocLimits.Default);

    /// <summary>Reads a bag of cells with one root from base64.</summary>
    /// <exception cref="BocException">The text is not base64 of a valid bag of cells with one root.</exception>
    public static Cell FromBase64(string boc)
    {
        byte[] bytes = new byte[(boc.Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64String(boc, bytes, out int length))
            throw new BocException(BocError.NotBase64, $"{boc.Length} characters are not base64");
        return FromBoc(bytes.AsSpan(0, length));
    }

    /// <summary>Writes the tree as a bag of cells (<see cref="BagOfCells.Serialize"/>).</summary>
    public byte[] ToBoc(bool withIndex = false, bool withCrc = true) => BagOfCells.Serialize(this, withIndex, withCrc);

    /// <summary><see cref="ToBoc"/> in base64, as APIs take it.</summary>
    public string ToBase64(bool withIndex = false, bool withCrc = true) => Convert.ToBase64String(ToBoc(withIndex, withCrc));

    internal static byte DescribeBits(int bitLength) => (byte)((bitLength >> 3) + ((bitLength + 7) >> 3));

    private int SignificantLevelsBelow(int level)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)level, 3u, nameof(level));
        return BitOperations.PopCount((uint)levelMask & ((1u << level) - 1));
    }

    /// <summary>Up to four references.</summary>
    [InlineArray(MaxReferences)]
    internal struct CellReferences
    {
        private Cell? first;
    }

    /// <summary>Hash and depth at a level below the cell's own.</summary>
    internal readonly struct LowerLevel(Bits256 hash, ushort depth)
    {
        public readonly Bits256 Hash = hash;
        public readonly ushort Depth = depth;
    }
}
