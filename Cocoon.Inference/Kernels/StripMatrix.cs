using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// A matrix as strips, packed one by one when they are first needed. When all are, the file's pages are given back: the strips replace them.
/// Two matrices that are read together can be one: groups of rows of the one and of the other in turn. Then memory is read strictly forwards,
/// and the processor's own prefetching never begins anew.
/// </summary>
internal sealed unsafe class StripMatrix
{
    private const int GroupStrips = Activations.Group / StripLayout.Rows;

    private readonly MatrixView[] _sources;
    private readonly GgufFile? _file;
    private readonly StripArena _arena;
    private readonly nint _place;
    private readonly bool[] _packed;
    private readonly nint _stripBytes;
    private int _left;

    /// <summary>Reserves the strips' memory. <paramref name="file"/> is the one that the matrix lies in, if it does in one.</summary>
    public StripMatrix(MatrixView source, StripLayout layout, StripArena arena, GgufFile? file)
        : this([source], layout, arena, file)
    {
    }

    /// <summary>The same for two matrices of one format and shape: 32 rows of the first, 32 of the second, and so on.</summary>
    public StripMatrix(MatrixView first, MatrixView second, StripLayout layout, StripArena arena, GgufFile? file)
        : this([first, second], layout, arena, file)
    {
    }

    private StripMatrix(MatrixView[] sources, StripLayout layout, StripArena arena, GgufFile? file)
    {
        if (Array.Exists(sources, other => other.Type != sources[0].Type || other.Columns != sources[0].Columns || other.Rows != sources[0].Rows)
            || (sources.Length > 1 && sources[0].Rows % Activations.Group != 0))
            throw new ArgumentException("matrices lie in one only if they have the same format and shape, and whole groups of rows", nameof(sources));
        (_sources, Layout, _arena, _file) = (sources, layout, arena, file);
        Rows = sources.Length * sources[0].Rows;
        _stripBytes = layout.StripBytes(Columns);
        _packed = new bool[(Rows + StripLayout.Rows - 1) / StripLayout.Rows];
        _left = _packed.Length;
        _place = arena.Reserve((long)_stripBytes * _packed.Length);
    }

    public GgufTensorType Type => _sources[0].Type;

    public int Columns => _sources[0].Columns;

    /// <summary>Rows of all matrices.</summary>
    public int Rows { get; }

    public bool IsPair => _sources.Length > 1;

    public StripLayout Layout { get; }

    public bool IsPacked(int strip) => _packed[strip];

    /// <summary>The strip's first byte; the next one's is behind its last.</summary>
    public byte* Strip(int strip) => _arena.Start + _place + (strip * _stripBytes);

    /// <summary>The matrix in the file that a strip's rows come from, and the first of them.</summary>
    public (MatrixView Source, int Row) SourceOf(int strip)
    {
        int group = strip / GroupStrips;
        return (_sources[group % _sources.Length], ((group / _sources.Length * GroupStrips) + (strip % GroupStrips)) * StripLayout.Rows);
    }

    /// <summary>Packs a strip unless it is. No two threads may do it for the same strip at once.</summary>
    public void Pack(int strip)
    {
        if (_packed[strip])
            return;
        (MatrixView source, int row) = SourceOf(strip);
        StripPacker.Pack(source, row, Strip(strip));
        _packed[strip] = true;
        if (Interlocked.Decrement(ref _left) > 0)
            return;
        foreach (MatrixView matrix in _sources)
            _file?.GiveBack(matrix.Data, matrix.Rows * matrix.RowBytes);
    }
}
