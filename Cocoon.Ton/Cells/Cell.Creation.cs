using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Cocoon.Ton.Crypto;

namespace Cocoon.Ton.Cells;

/// <content>Computes level mask, hashes and depths (whitepaper TVM 3.1.4 to 3.1.7) and checks exotic cells.</content>
public sealed partial class Cell
{
    private const int HashBits = 256;
    private const int DepthBits = 16;

    /// <summary>Takes <paramref name="buffer"/> as its own; the data carries its completion tag.</summary>
    /// <exception cref="TonFormatException">The data are not those of an exotic cell, or the tree is deeper than 1,024.</exception>
    internal Cell(byte[] buffer, int offset, int bitLength, in CellReferences references, int referenceCount, bool isExotic)
    {
        this.buffer = buffer;
        this.offset = offset;
        this.bitLength = (ushort)bitLength;
        this.references = references;
        this.referenceCount = (byte)referenceCount;
        type = (sbyte)(isExotic ? ReadExoticType() : CellType.Ordinary);
        levelMask = isExotic ? CheckExotic() : ChildrenLevelMask();
        lowerLevels = levelMask == 0 ? [] : type == (sbyte)CellType.PrunedBranch ? ReadPrunedLevels() : ComputeLowerLevels();
        if (type == (sbyte)CellType.PrunedBranch)
            hash = ComputeHash(levelMask, Data, 0, out depth);
        else
            hash = ComputeHash(levelMask, lowerLevels.Length == 0 ? Data : lowerLevels[^1].Hash.AsSpan(), Level, out depth);
    }

    private CellType ReadExoticType()
    {
        if (bitLength < 8)
            throw new TonFormatException($"an exotic cell has at least 8 bits, this one {bitLength}");
        CellType exotic = (CellType)buffer[offset];
        return exotic is CellType.PrunedBranch or CellType.Library or CellType.MerkleProof or CellType.MerkleUpdate
            ? exotic
            : throw new TonFormatException($"exotic cell of unknown type {buffer[offset]}");
    }

    private byte ChildrenLevelMask()
    {
        int mask = 0;
        for (int index = 0; index < referenceCount; index++)
            mask |= references[index]!.levelMask;
        return (byte)mask;
    }

    private byte CheckExotic()
    {
        switch (Type)
        {
            case CellType.PrunedBranch:
                int mask = bitLength >= 16 ? buffer[offset + 1] : 0;
                CheckShape(16 + (BitOperations.PopCount((uint)mask) * (HashBits + DepthBits)), 0);
                if (mask is 0 or > 7)
                    throw new TonFormatException($"pruned branch with level mask {mask}, expected 1 to 7");
                return (byte)mask;
            case CellType.Library:
                CheckShape(8 + HashBits, 0);
                return 0;
            case CellType.MerkleProof:
                CheckShape(8 + HashBits + DepthBits, 1);
                CheckProved(0, Data[1..33], Data[33..35]);
                return (byte)(ChildrenLevelMask() >> 1);
            default:
                CheckShape(8 + (2 * (HashBits + DepthBits)), 2);
                CheckProved(0, Data[1..33], Data[65..67]);
                CheckProved(1, Data[33..65], Data[67..69]);
                return (byte)(ChildrenLevelMask() >> 1);
        }
    }

    private void CheckShape(int bits, int referencesExpected)
    {
        if (bitLength != bits || referenceCount != referencesExpected)
            throw new TonFormatException($"{Type} with {bitLength} bits and {referenceCount} references, expected {bits} and {referencesExpected}");
    }

    private void CheckProved(int index, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> depth)
    {
        Cell child = references[index]!;
        if (child.HashAt(0) != new Bits256(hash) || child.DepthAt(0) != BinaryPrimitives.ReadUInt16BigEndian(depth))
            throw new TonFormatException($"{Type}: reference {index} has another hash or depth than the cell states");
    }

    private LowerLevel[] ReadPrunedLevels()
    {
        ReadOnlySpan<byte> data = Data;
        LowerLevel[] levels = new LowerLevel[BitOperations.PopCount((uint)levelMask)];
        ReadOnlySpan<byte> depths = data[(2 + (levels.Length * Bits256.Length))..];
        for (int index = 0; index < levels.Length; index++)
        {
            Bits256 levelHash = new(data.Slice(2 + (index * Bits256.Length), Bits256.Length));
            levels[index] = new LowerLevel(levelHash, BinaryPrimitives.ReadUInt16BigEndian(depths[(2 * index)..]));
        }

        return levels;
    }

    private LowerLevel[] ComputeLowerLevels()
    {
        LowerLevel[] levels = new LowerLevel[BitOperations.PopCount((uint)levelMask)];
        int index = 0;
        for (int level = 0; level < Level; level++)
        {
            // Level 0 counts always, level n when bit n-1 of the mask is set.
            if (level != 0 && (levelMask & (1 << (level - 1))) == 0)
                continue;
            ReadOnlySpan<byte> data = index == 0 ? Data : levels[index - 1].Hash.AsSpan();
            Bits256 levelHash = ComputeHash(levelMask & ((1 << level) - 1), data, level, out ushort levelDepth);
            levels[index++] = new LowerLevel(levelHash, levelDepth);
        }

        return levels;
    }

    [SkipLocalsInit]
    private Bits256 ComputeHash(int mask, ReadOnlySpan<byte> data, int level, out ushort levelDepth)
    {
        Span<byte> representation = stackalloc byte[2 + 128 + (MaxReferences * (2 + Bits256.Length))];
        representation[0] = (byte)(referenceCount + (IsExotic ? 8 : 0) + (32 * mask));
        representation[1] = Descriptor2;
        data.CopyTo(representation[2..]);
        int length = 2 + data.Length;
        int childLevel = type is (sbyte)CellType.MerkleProof or (sbyte)CellType.MerkleUpdate ? level + 1 : level;
        int deepest = -1;
        for (int index = 0; index < referenceCount; index++)
        {
            int childDepth = references[index]!.DepthAt(childLevel);
            deepest = Math.Max(deepest, childDepth);
            BinaryPrimitives.WriteUInt16BigEndian(representation[length..], (ushort)childDepth);
            length += 2;
        }

        if (deepest >= MaxDepth)
            throw new TonFormatException($"a tree of cells is at most {MaxDepth} deep");
        levelDepth = (ushort)(deepest + 1);
        for (int index = 0; index < referenceCount; index++)
        {
            Cell child = references[index]!;
            if (child.lowerLevels.Length == 0)
                child.hash.AsSpan().CopyTo(representation[length..]);
            else
                CopyHash(child.HashAt(childLevel), representation[length..]);
            length += Bits256.Length;
        }

        return CellSha256.Hash(representation[..length]);
    }

    private static void CopyHash(Bits256 hash, Span<byte> destination) => hash.AsSpan().CopyTo(destination);
}
