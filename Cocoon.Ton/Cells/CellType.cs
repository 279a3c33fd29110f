namespace Cocoon.Ton.Cells;

/// <summary>Kinds of cells (TON documentation, "Exotic cells").</summary>
public enum CellType
{
    /// <summary>Data and references, nothing more.</summary>
    Ordinary = -1,

    /// <summary>Stands for a subtree by its hashes and depths.</summary>
    PrunedBranch = 1,

    /// <summary>Refers to a library by its hash.</summary>
    Library = 2,

    /// <summary>Proves that a pruned tree belongs to a hash.</summary>
    MerkleProof = 3,

    /// <summary>Two Merkle proofs: a tree before and after a change.</summary>
    MerkleUpdate = 4,
}
