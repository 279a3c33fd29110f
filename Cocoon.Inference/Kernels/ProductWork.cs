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
    private const int MinTileBytes = 1 << 15;

    /// <summary>How long a pass packs strips: the first tokens of an answer come a little later each, instead of one a second or more.</summary>
    private const int PackingMs = 150;

    private readonly MatrixKernels _kernels;
    private readonly int _threads;
    private readonly nint _scratchBytes;
    private readonly byte* _scratch;
    private readonly List<Part> _parts = [];
    private readonly List<int> _offsets = [];
    private readonly int[] _shareItems;
    private int _items;
    private long _packUntil;

    public ProductWork(MatrixKernels kernels, int threads, int maxColumns)
    {
        (_kernels, _threads) = (kernels, threads);
        _shareItems = new int[threads];
        _scratchBytes = (MatrixKernels.PanelBytes(maxColumns) + 63) / 64 * 64;
        _scratch = (byte*)NativeMemory.AlignedAlloc((nuint)(_scratchBytes * threads), 64);
    }

    public override int Items => _items;

    /// <summary>Begins a pass through the model, which may spend a share of its time on packing strips.</summary>
    public void BeginPass() => _packUntil = Stopwatch.GetTimestamp() + (PackingMs * Stopwatch.Frequency / 1000);

    public void Clear()
    {
        _parts.Clear();
        _offsets.Clear();
        Array.Clear(_shareItems);
        _items = 0;
    }

    public void Add(ProductJob job) => Add(job, job, gated: null, MatrixKernels.PanelRows);

    /// <summary>
    /// Adds two products of the same shape and the gate between them: <paramref name="gated"/> gets SiLU(gate) × up, quantised. It is done
    /// by whoever computed the values, while they are near.
    /// </summary>
    public void AddGated(ProductJob gate, ProductJob up, Activations gated) => Add(gate, up, gated, Math.Max(MatrixKernels.PanelRows, Activations.Group));

    /// <summary>Every thread's share has the same part of each matrix, so that works which feed each other meet on the same core.</summary>
    public override int ShareStart(int thread, int threads)
    {
        int start = 0;
        for (int i = 0; i < thread; i++)
            start += _shareItems[i];
        return start;
    }

    public override void Run(int item, int thread)
    {
        int owner = 0;
        for (; item >= _shareItems[owner]; owner++)
            item -= _shareItems[owner];
        int index = _parts.Count - 1;
        while (_offsets[(index * _threads) + owner] > item)
            index--;
        Part part = _parts[index];
        int tile = CutAt(part.Tiles, owner) + item - _offsets[(index * _threads) + owner];
        int firstRow = tile * part.TileRows;
        int endRow = Math.Min(firstRow + part.TileRows, part.Job.Matrix.Rows);
        Multiply(part.Job, firstRow, endRow, thread);
        if (part.Gated is null)
            return;
        Multiply(part.Up, firstRow, endRow, thread);
        for (int token = part.Job.FirstToken; token < part.Job.FirstToken + part.Job.RowTokens + part.Job.PanelTokens; token++)
        {
            VectorMath.SwiGlu(
                part.Job.Output.At(token, firstRow), part.Up.Output.At(token, firstRow), part.Gated.Row(token) + firstRow, endRow - firstRow);
            for (int row = firstRow; row < endRow; row += Activations.Group)
                part.Gated.QuantizeGroup(token, row);
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_scratch);

    private void Add(ProductJob job, ProductJob up, Activations? gated, int tileRows)
    {
        if (job.RowTokens + job.PanelTokens == 0)
            return;
        while (job.PanelTokens == 0 && tileRows * job.Matrix.RowBytes < MinTileBytes && tileRows < 256)
            tileRows *= 2;
        Part part = new(job, up, gated, (job.Matrix.Rows + tileRows - 1) / tileRows, tileRows);
        _parts.Add(part);
        for (int thread = 0; thread < _threads; thread++)
        {
            _offsets.Add(_shareItems[thread]);
            _shareItems[thread] += CutAt(part.Tiles, thread + 1) - CutAt(part.Tiles, thread);
        }

        _items += part.Tiles;
    }

    private int CutAt(int tiles, int thread) => (int)((long)tiles * thread / _threads);

    private void Multiply(ProductJob job, int firstRow, int endRow, int thread)
    {
        if (job.Matrix.Strips is { } strips)
        {
            RunStrips(job, strips, firstRow, endRow, thread);
            return;
        }

        if (job.RowTokens > 0)
            _kernels.MultiplyRows(job.Matrix, firstRow, endRow, job.Input, job.FirstToken, job.RowTokens, job.Output);
        int firstToken = job.FirstToken + job.RowTokens;
        if (job.PanelTokens > 0 && !_kernels.HasPanels(job.Matrix))
            _kernels.MultiplyRows(job.Matrix, firstRow, endRow, job.Input, firstToken, job.PanelTokens, job.Output);
        else if (job.PanelTokens > 0)
            MultiplyPanels(job, firstRow, endRow, firstToken, job.PanelTokens, thread);
    }

    private void MultiplyPanels(ProductJob job, int firstRow, int endRow, int firstToken, int tokens, int thread)
    {
        for (int row = firstRow; row < endRow; row += MatrixKernels.PanelRows)
        {
            int end = Math.Min(row + MatrixKernels.PanelRows, endRow);
            _kernels.MultiplyPanel(job.Matrix, row, end, job.Input, firstToken, tokens, job.Output, _scratch + (thread * _scratchBytes));
        }
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

            MultiplyPanels(job, row, Math.Min(row + StripLayout.Rows, endRow), job.FirstToken, tokens, thread);
        }
    }

    /// <summary>One product, or two with a gate, and how many tiles of how many rows.</summary>
    private sealed record Part(ProductJob Job, ProductJob Up, Activations? Gated, int Tiles, int TileRows);
}
