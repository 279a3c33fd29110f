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

    /// <summary>Weights that a thread takes at once while tokens are decoded: some 40 µs, which others may have to wait for.</summary>
    private const int MostBytesAtOnce = 1 << 20;

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
    private int _mostAtOnce = int.MaxValue;
    private long _packUntil;

    public ProductWork(MatrixKernels kernels, int threads, int maxColumns)
    {
        (_kernels, _threads) = (kernels, threads);
        _shareItems = new int[threads];
        _scratchBytes = (MatrixKernels.PanelBytes(maxColumns) + 63) / 64 * 64;
        _scratch = (byte*)NativeMemory.AlignedAlloc((nuint)(_scratchBytes * threads), 64);
    }

    public override int Items => _items;

    public override int MostAtOnce => _mostAtOnce;

    /// <summary>Begins a pass through the model, which may spend a share of its time on packing strips.</summary>
    public void BeginPass() => _packUntil = Stopwatch.GetTimestamp() + (PackingMs * Stopwatch.Frequency / 1000);

    public void Clear()
    {
        _parts.Clear();
        _offsets.Clear();
        Array.Clear(_shareItems);
        (_items, _mostAtOnce) = (0, int.MaxValue);
    }

    public void Add(ProductJob job) => Add(job, default, gated: null, MatrixKernels.PanelRows);

    /// <summary>
    /// Adds the products of two matrices of the same shape and the gate between them: <paramref name="gated"/> gets SiLU(gate) × up, quantised.
    /// It is done by whoever computed the values, while they are near. Results lie 32 of the gate's, 32 of the other's, in turn.
    /// </summary>
    public void AddGated(ProductJob gate, MatrixView up, Activations gated) => Add(gate, up, gated, Activations.Group);

    /// <summary>Every thread's share has the same part of each matrix, so that works which feed each other meet on the same core.</summary>
    public override int ShareStart(int thread, int threads)
    {
        int start = 0;
        for (int i = 0; i < thread; i++)
            start += _shareItems[i];
        return start;
    }

    public override void Run(int item, int thread) => Run(item, item + 1, thread);

    public override void Run(int first, int end, int thread)
    {
        int owner = 0;
        for (; first >= _shareItems[owner]; owner++)
            (first, end) = (first - _shareItems[owner], end - _shareItems[owner]);
        for (int index = 0; index < _parts.Count; index++)
        {
            // The part's tiles that are the owner's, counted in the owner's items.
            Part part = _parts[index];
            int offset = _offsets[(index * _threads) + owner], shift = CutAt(part.Tiles, owner) - offset;
            int last = Math.Min(end, CutAt(part.Tiles, owner + 1) - shift);
            if (first >= last)
                continue;
            int firstRow = (first + shift) * part.TileRows, endRow = Math.Min((last + shift) * part.TileRows, part.Job.Matrix.Rows);
            if (part.Gated is { } gated)
                MultiplyGated(part, gated, firstRow, endRow, thread);
            else
                Multiply(in part.Job, firstRow, endRow, thread);
            first = last;
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_scratch);

    private void Add(ProductJob job, MatrixView up, Activations? gated, int tileRows)
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
        _mostAtOnce = job.PanelTokens > 0 ? 1 : Math.Min(_mostAtOnce, (int)Math.Max(1, MostBytesAtOnce / (tileRows * job.Matrix.RowBytes)));
    }

    private int CutAt(int tiles, int thread) => (int)((long)tiles * thread / _threads);

    private void MultiplyGated(Part part, Activations gated, int firstRow, int endRow, int thread)
    {
        const int Group = Activations.Group;
        ProductTarget both = part.Job.Output;
        if (part.Job.Matrix.Strips is { IsPair: true } strips)
        {
            RunStrips(in part.Job, strips, 2 * firstRow, 2 * endRow, thread);
        }
        else
        {
            for (int row = firstRow; row < endRow; row += Group)
            {
                Multiply(part.Job with { Output = new ProductTarget(both.Values + row, both.Stride) }, row, Math.Min(row + Group, endRow), thread);
                Multiply(part.Job with { Matrix = part.Up, Output = new ProductTarget(both.Values + row + Group, both.Stride) }, row, Math.Min(row + Group, endRow), thread);
            }
        }

        for (int token = part.Job.FirstToken; token < part.Job.FirstToken + part.Job.RowTokens + part.Job.PanelTokens; token++)
        {
            for (int row = firstRow; row < endRow; row += Group)
            {
                VectorMath.SwiGlu(both.At(token, 2 * row), both.At(token, (2 * row) + Group), gated.Row(token) + row, Math.Min(Group, endRow - row));
                gated.QuantizeGroup(token, row);
            }
        }
    }

    private void Multiply(in ProductJob job, int firstRow, int endRow, int thread)
    {
        if (job.Matrix.Strips is { } strips)
        {
            RunStrips(in job, strips, firstRow, endRow, thread);
            return;
        }

        if (job.RowTokens > 0)
            _kernels.MultiplyRows(job.Matrix, firstRow, endRow, job.Input, job.FirstToken, job.RowTokens, job.Output);
        int firstToken = job.FirstToken + job.RowTokens;
        if (job.PanelTokens > 0 && !_kernels.HasPanels(job.Matrix))
            _kernels.MultiplyRows(job.Matrix, firstRow, endRow, job.Input, firstToken, job.PanelTokens, job.Output);
        else if (job.PanelTokens > 0)
            MultiplyPanels(in job, firstRow, endRow, firstToken, job.PanelTokens, thread);
    }

    private void MultiplyPanels(in ProductJob job, int firstRow, int endRow, int firstToken, int tokens, int thread)
    {
        for (int row = firstRow; row < endRow; row += MatrixKernels.PanelRows)
        {
            int end = Math.Min(row + MatrixKernels.PanelRows, endRow);
            _kernels.MultiplyPanel(job.Matrix, row, end, job.Input, firstToken, tokens, job.Output, _scratch + (thread * _scratchBytes));
        }
    }

    /// <summary>
    /// Strips are packed while tokens are decoded; a first prompt is answered sooner from the file. Both ways give the same bits. Those
    /// that are packed go through the kernel in one call: every call costs a tenth of the time that reading 32 KiB takes.
    /// </summary>
    private void RunStrips(in ProductJob job, StripMatrix strips, int firstRow, int endRow, int thread)
    {
        int tokens = job.RowTokens + job.PanelTokens, end = (endRow + StripLayout.Rows - 1) / StripLayout.Rows;
        for (int strip = firstRow / StripLayout.Rows, count; strip < end; strip += count)
        {
            if (job.RowTokens > 0 && !strips.IsPacked(strip) && Stopwatch.GetTimestamp() < _packUntil)
                strips.Pack(strip);
            for (count = 0; strip + count < end && strips.IsPacked(strip + count);)
                count++;
            if (count > 0)
            {
                _kernels.MultiplyStrips(strips, strip, count, job.Input, job.FirstToken, tokens, job.Output);
                continue;
            }

            (MatrixView source, int row) = strips.SourceOf(strip);
            ProductTarget output = new(job.Output.Values + ((strip * StripLayout.Rows) - row), job.Output.Stride);
            _kernels.MultiplyPanel(
                source, row, Math.Min(row + StripLayout.Rows, source.Rows), job.Input, job.FirstToken, tokens, output, _scratch + (thread * _scratchBytes));
            count = 1;
        }
    }

    /// <summary>One product, or two with a gate, and how many tiles of how many rows. Fields, so that the large structures are not copied.</summary>
    private sealed class Part(ProductJob job, MatrixView up, Activations? gated, int tiles, int tileRows)
    {
        public readonly ProductJob Job = job;
        public readonly MatrixView Up = up;
        public readonly Activations? Gated = gated;
        public readonly int Tiles = tiles, TileRows = tileRows;
    }
}
