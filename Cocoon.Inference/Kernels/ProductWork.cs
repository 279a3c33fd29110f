using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Cocoon.Inference.Kernels;

/// <summary>One matrix times the tokens of one activation buffer.</summary>
/// <param name="Matrix">The weights.</param>
/// <param name="Input">The vectors.</param>
/// <param name="FirstToken">First vector.</param>
/// <param name="RowTokens">Vectors that go the way of rows (tokens being decoded).</param>
/// <param name="PanelTokens">Vectors after them that go the way of panels (tokens of prompts).</param>
/// <param name="Output">Where results go, by the vector's number.</param>
internal readonly record struct ProductJob(
    MatrixView Matrix, Activations Input, int FirstToken, int RowTokens, int PanelTokens, ProductTarget Output);

/// <summary>Matrix products cut into tiles of rows for a <see cref="ThreadTeam"/>.</summary>
internal sealed unsafe class ProductWork : ParallelWork, IDisposable
{
    /// <summary>Weights of a tile at least this large keep the hand-out of items from being felt.</summary>
    private const int MinTileBytes = 1 << 16;

    /// <summary>How long a pass packs strips: the first tokens of an answer come a little later each, instead of one a second or more.</summary>
    private const int PackingMs = 150;

    private readonly MatrixKernels _kernels;
    private readonly nint _scratchBytes;
    private readonly byte* _scratch;
    private readonly List<(ProductJob Job, int FirstItem, int TileRows)> _jobs = [];
    private int _items;
    private long _packUntil;

    public ProductWork(MatrixKernels kernels, int threads, int maxColumns)
    {
        _kernels = kernels;
        _scratchBytes = (MatrixKernels.PanelBytes(maxColumns) + 63) / 64 * 64;
        _scratch = (byte*)NativeMemory.AlignedAlloc((nuint)(_scratchBytes * threads), 64);
    }

    public override int Items => _items;

    /// <summary>Begins a pass through the model, which may spend a share of its time on packing strips.</summary>
    public void BeginPass() => _packUntil = Stopwatch.GetTimestamp() + (PackingMs * Stopwatch.Frequency / 1000);

    public void Clear()
    {
        _jobs.Clear();
        _items = 0;
    }

    public void Add(ProductJob job)
    {
        if (job.RowTokens + job.PanelTokens == 0)
            return;
        int tileRows = MatrixKernels.PanelRows;
        while (job.PanelTokens == 0 && tileRows * job.Matrix.RowBytes < MinTileBytes && tileRows < 256)
            tileRows *= 2;
        _jobs.Add((job, _items, tileRows));
        _items += (job.Matrix.Rows + tileRows - 1) / tileRows;
    }

    public override void Run(int item, int thread)
    {
        int index = _jobs.Count - 1;
        while (_jobs[index].FirstItem > item)
            index--;
        (ProductJob job, int firstItem, int tileRows) = _jobs[index];
        int firstRow = (item - firstItem) * tileRows;
        int endRow = Math.Min(firstRow + tileRows, job.Matrix.Rows);
        if (job.Matrix.Strips is { } strips)
        {
            RunStrips(job, strips, firstRow, endRow, thread);
            return;
        }

        bool panels = _kernels.HasPanels(job.Matrix);
        if (job.RowTokens > 0)
            _kernels.MultiplyRows(job.Matrix, firstRow, endRow, job.Input, job.FirstToken, job.RowTokens, job.Output);
        if (job.PanelTokens == 0)
            return;
        int firstToken = job.FirstToken + job.RowTokens;
        if (panels)
            _kernels.MultiplyPanel(job.Matrix, firstRow, endRow, job.Input, firstToken, job.PanelTokens, job.Output, _scratch + (thread * _scratchBytes));
        else
            _kernels.MultiplyRows(job.Matrix, firstRow, endRow, job.Input, firstToken, job.PanelTokens, job.Output);
    }

    /// <summary>Strips are packed while tokens are decoded; a first prompt is answered sooner from the file. Both ways give the same bits.</summary>
    private void RunStrips(ProductJob job, StripMatrix strips, int firstRow, int endRow, int thread)
    {
        for (int row = firstRow; row < endRow; row += StripLayout.Rows)
        {
            int strip = row / StripLayout.Rows, tokens = job.RowTokens + job.PanelTokens;
            if (job.RowTokens > 0 && !strips.IsPacked(strip) && Stopwatch.GetTimestamp() < _packUntil)
                strips.Pack(strip);
            if (strips.IsPacked(strip))
            {
                _kernels.MultiplyStrip(strips, strip, job.Input, job.FirstToken, tokens, job.Output);
                continue;
            }

            int end = Math.Min(row + StripLayout.Rows, endRow);
            _kernels.MultiplyPanel(job.Matrix, row, end, job.Input, job.FirstToken, tokens, job.Output, _scratch + (thread * _scratchBytes));
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_scratch);
}
