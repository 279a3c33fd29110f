using System.Numerics;
using System.Security.Cryptography;
using Cocoon.Protocol.Identity;

namespace Cocoon.Protocol.Receipts;

/// <summary>
/// The tree of RFC 6962 section 2.1 over SHA-256: a leaf is hashed with a zero byte before it, a pair with a one; a tree of n leaves splits at
/// the largest power of two below n.
/// </summary>
public static class MerkleTree
{
    /// <summary>Longest path: 2^32 leaves.</summary>
    public const int MaxDepth = 32;

    /// <summary>The hash of a leaf.</summary>
    public static Bytes32 HashLeaf(ReadOnlySpan<byte> leaf)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        hash.AppendData(leaf);
        Bytes32 result = default;
        hash.GetHashAndReset(result);
        return result;
    }

    /// <summary>The root over hashed leaves; all zeros for none.</summary>
    public static Bytes32 Root(ReadOnlySpan<Bytes32> leaves) => leaves.Length switch
    {
        0 => default,
        1 => leaves[0],
        _ => HashPair(Root(leaves[..Split(leaves.Length)]), Root(leaves[Split(leaves.Length)..])),
    };

    /// <summary>The siblings of leaf <paramref name="index"/> from the bottom up.</summary>
    public static Bytes32[] Path(ReadOnlySpan<Bytes32> leaves, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Length);
        List<Bytes32> path = [];
        AddPath(leaves, index, path);
        return [.. path];
    }

    /// <summary>
    /// The root and every leaf's path in one pass: each inner hash is computed once. For a batch of receipts that is all there is to do.
    /// </summary>
    public static (Bytes32 Root, Bytes32[][] Paths) Build(ReadOnlySpan<Bytes32> leaves)
    {
        List<Bytes32>[] paths = new List<Bytes32>[leaves.Length];
        for (int i = 0; i < paths.Length; i++)
            paths[i] = new List<Bytes32>(MaxDepth / 4);
        Bytes32 root = leaves.IsEmpty ? default : Build(leaves, paths);
        return (root, Array.ConvertAll(paths, path => path.ToArray()));
    }

    /// <summary>
    /// The root that a leaf and its path lead to (RFC 9162 section 2.1.3.2). False if the path has the wrong length for that index and count.
    /// </summary>
    public static bool TryClimb(Bytes32 leaf, long index, long leafCount, ReadOnlySpan<Bytes32> path, out Bytes32 root)
    {
        root = leaf;
        if (index < 0 || index >= leafCount)
            return false;
        long node = index;
        long last = leafCount - 1;
        foreach (Bytes32 sibling in path)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                root = HashPair(sibling, root);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                root = HashPair(root, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0;
    }

    private static Bytes32 Build(ReadOnlySpan<Bytes32> leaves, Span<List<Bytes32>> paths)
    {
        if (leaves.Length == 1)
            return leaves[0];
        int split = Split(leaves.Length);
        Bytes32 left = Build(leaves[..split], paths[..split]);
        Bytes32 right = Build(leaves[split..], paths[split..]);
        foreach (List<Bytes32> path in paths[..split])
            path.Add(right);
        foreach (List<Bytes32> path in paths[split..])
            path.Add(left);
        return HashPair(left, right);
    }

    private static void AddPath(ReadOnlySpan<Bytes32> leaves, int index, List<Bytes32> path)
    {
        if (leaves.Length == 1)
            return;
        int split = Split(leaves.Length);
        bool isLeft = index < split;
        AddPath(isLeft ? leaves[..split] : leaves[split..], isLeft ? index : index - split, path);
        path.Add(Root(isLeft ? leaves[split..] : leaves[..split]));
    }

    private static int Split(int count) => (int)(BitOperations.RoundUpToPowerOf2((uint)count) / 2);

    private static Bytes32 HashPair(Bytes32 left, Bytes32 right)
    {
        Span<byte> pair = stackalloc byte[1 + 2 * Bytes32.Length];
        pair[0] = 1;
        left.AsSpan().CopyTo(pair[1..]);
        right.AsSpan().CopyTo(pair[(1 + Bytes32.Length)..]);
        Bytes32 result = default;
        SHA256.HashData(pair, result);
        return result;
    }
}
