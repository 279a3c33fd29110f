namespace Cocoon.Ton.Cells;

/// <summary>Every reason for which <see cref="BagOfCells"/> refuses bytes.</summary>
public enum BocError
{
    /// <summary>The text is not base64.</summary>
    NotBase64,

    /// <summary>The input ends before the structure does.</summary>
    Truncated,

    /// <summary>Bytes follow the structure.</summary>
    TrailingBytes,

    /// <summary>The input is longer than the caller's limit.</summary>
    TooLarge,

    /// <summary>The first four bytes are none of the three that TON defines.</summary>
    UnknownMagic,

    /// <summary>A reserved flag is set, or cache bits without an index.</summary>
    InvalidFlags,

    /// <summary>The size of references is not 1 to 4 bytes, or that of offsets not 1 to 8.</summary>
    InvalidSizes,

    /// <summary>The counts of cells and roots contradict each other or the data.</summary>
    InvalidCounts,

    /// <summary>There are more cells than the caller's limit.</summary>
    TooManyCells,

    /// <summary>Cells are declared absent.</summary>
    AbsentCells,

    /// <summary>A root is no cell of the bag.</summary>
    InvalidRoot,

    /// <summary>The caller expects one root.</summary>
    NotOneRoot,

    /// <summary>The checksum at the end is wrong.</summary>
    ChecksumMismatch,

    /// <summary>An index entry is not where its cell ends.</summary>
    InvalidIndex,

    /// <summary>A cell has a descriptor that no cell can have.</summary>
    InvalidDescriptor,

    /// <summary>A cell's last byte has no completion tag, or one that a shorter form would not need.</summary>
    InvalidPadding,

    /// <summary>A reference does not point forward to a cell of the bag.</summary>
    InvalidReference,

    /// <summary>A cell's content is not that of its exotic type, or the tree is too deep.</summary>
    InvalidCell,

    /// <summary>The level mask in the descriptor is not the computed one.</summary>
    LevelMismatch,

    /// <summary>A stored hash or depth is not the computed one.</summary>
    StoredHashMismatch,

    /// <summary>A cell cannot be reached from any root.</summary>
    UnreachableCell,
}
