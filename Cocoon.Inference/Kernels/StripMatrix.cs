using System.Runtime.InteropServices;
using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// A matrix as strips, packed one by one when they are first needed. Memory is reserved for all of them and used as they are packed. When
/// all are, the file's pages are given back: the strips replace them.
/// </summary>
internal sealed unsafe class StripMatrix : IDisposable
{
    private readonly GgufFile? _file;
    private readonly bool[] _packed;
    private readonly nint _stripBytes;
    private byte* _memory;
    private int _left;

    public StripMatrix(MatrixView source, StripLayout layout, GgufFile? file)
    {
        (Source, Layout, _file) = (source, layout, file);
        _stripBytes = layout.StripBytes(source.Columns);
        _packed = new bool[(source.Rows + StripLayout.Rows - 1) / StripLayout.Rows];
        _left = _packed.Length;
        // Large enough to come straight from the system: pages that are not written to yet cost nothing.
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 4096);
    }

    /// <summary>The rows in the file.</summary>
    public MatrixView Source { get; }

    public StripLayout Layout { get; }

    /// <summary>Bytes of all strips.</summary>
    public long Bytes => (long)_stripBytes * _packed.Length;

    public bool IsPacked(int strip) => _packed[strip];

    /// <summary>The strip's first byte.</summary>
    public byte* Strip(int strip) => _memory + (strip * _stripBytes);

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

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        GC.SuppressFinalize(this);
    }

    ~StripMatrix() => NativeMemory.AlignedFree(_memory);
}
