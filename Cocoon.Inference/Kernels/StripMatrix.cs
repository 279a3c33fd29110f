using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// A matrix as strips, packed one by one when they are first needed. When all are, the file's pages are given back: the strips replace them.
/// </summary>
internal sealed unsafe class StripMatrix
{
    private readonly GgufFile? _file;
    private readonly StripArena _arena;
    private readonly nint _place;
    private readonly bool[] _packed;
    private readonly nint _stripBytes;
    private int _left;

    /// <summary>Reserves the strips' memory. <paramref name="file"/> is the one that the matrix lies in, if it does in one.</summary>
    public StripMatrix(MatrixView source, StripLayout layout, StripArena arena, GgufFile? file)
    {
        (Source, Layout, _arena, _file) = (source, layout, arena, file);
        _stripBytes = layout.StripBytes(source.Columns);
        _packed = new bool[(source.Rows + StripLayout.Rows - 1) / StripLayout.Rows];
        _left = _packed.Length;
        _place = arena.Reserve((long)_stripBytes * _packed.Length);
    }

    /// <summary>The rows in the file.</summary>
    public MatrixView Source { get; }

    public StripLayout Layout { get; }

    public bool IsPacked(int strip) => _packed[strip];

    /// <summary>The strip's first byte.</summary>
    public byte* Strip(int strip) => _arena.Start + _place + (strip * _stripBytes);

    /// <summary>Packs a strip unless it is. No two threads may do it for the same strip at once.</summary>
    public void Pack(int strip)
    {
        if (_packed[strip])
            return;
        StripPacker.Pack(Source, strip * StripLayout.Rows, Strip(strip));
        _packed[strip] = true;
        if (Interlocked.Decrement(ref _left) == 0)
            _file?.GiveBack(Source.Data, Source.Rows * Source.RowBytes);
    }
}
