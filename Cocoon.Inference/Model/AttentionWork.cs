using System.Runtime.InteropServices;
using Cocoon.Inference.Kernels;

namespace Cocoon.Inference.Model;

/// <summary>
/// Attention of one layer. An item is one key and value head of one run of tokens: it normalises and rotates queries and keys, stores the
/// keys and values, and lets every query of the group look at all positions up to its own. A query's sums run in the order of positions,
/// whatever the run it is computed in.
/// </summary>
internal sealed unsafe class AttentionWork : ParallelWork, IDisposable
{
    private const int ScoreFloats = 1 << 17;

    /// <summary>Up to so many queries read the cache's rows as they are.</summary>
    private const int MostDirectQueries = 8;

    private readonly ModelShape _shape;
    private readonly TransformerScratch _scratch;
    private readonly KeyValueCache _cache;
    private readonly float*[] _rows;
    private readonly float*[] _scores;
    private readonly bool _interleaved;
    private readonly bool _readsHalves;
    private readonly float _scale;
    private ForwardBatch _batch = new(0);
    private LayerWeights? _layer;
    private int _layerNumber;

    public AttentionWork(ModelShape shape, TransformerScratch scratch, KeyValueCache cache, int threads, int contextTokens)
    {
        (_shape, _scratch, _cache) = (shape, scratch, cache);
        _interleaved = shape.Architecture == ModelArchitecture.Llama;
        _readsHalves = HalfAttention.IsSupported && cache.Format == KeyValueFormat.F16;
        _scale = 1 / MathF.Sqrt(shape.HeadSize);
        _rows = new float*[threads];
        _scores = new float*[threads];
        ScoreCapacity = Math.Max(ScoreFloats, RoundUp(contextTokens) * shape.HeadsPerGroup);
        for (int i = 0; i < threads; i++)
        {
            _rows[i] = (float*)NativeMemory.AlignedAlloc((nuint)(KeyValueCache.BlockTokens * shape.HeadSize * sizeof(float)), 64);
            _scores[i] = (float*)NativeMemory.AlignedAlloc((nuint)ScoreCapacity * sizeof(float), 64);
        }
    }

    public override int Items => _batch.Runs.Count * _shape.KeyValueHeads;

    private int ScoreCapacity { get; }

    public void Prepare(ForwardBatch batch, LayerWeights layer, int layerNumber) => (_batch, _layer, _layerNumber) = (batch, layer, layerNumber);

    public override void Run(int item, int thread)
    {
        // Head by head, so that a thread's share is what it computed before; long runs first.
        int head = item / _batch.Runs.Count;
        TokenRun run = _batch.Runs[_batch.Runs.Count - 1 - (item % _batch.Runs.Count)];
        for (int token = run.FirstToken; token < run.FirstToken + run.Count; token++)
            StoreToken(run, token, head);
        int length = RoundUp(_batch.Positions[run.FirstToken + run.Count - 1] + 1);
        int tile = Math.Clamp(ScoreCapacity / (length * _shape.HeadsPerGroup), 1, 16);
        for (int token = run.FirstToken; token < run.FirstToken + run.Count; token += tile)
            Attend(run, token, Math.Min(tile, run.FirstToken + run.Count - token), head, thread);
    }

    public void Dispose()
    {
        for (int i = 0; i < _rows.Length; i++)
        {
            NativeMemory.AlignedFree(_rows[i]);
            NativeMemory.AlignedFree(_scores[i]);
        }
    }

    private static int RoundUp(int tokens) => (tokens + KeyValueCache.BlockTokens - 1) / KeyValueCache.BlockTokens * KeyValueCache.BlockTokens;

    private void StoreToken(TokenRun run, int token, int head)
    {
        int size = _shape.HeadSize, pairs = size / 2;
        float* cosines = _scratch.Cosines + ((nint)token * pairs), sines = _scratch.Sines + ((nint)token * pairs);
        float* key = _scratch.Keys + ((((nint)token * _shape.KeyValueHeads) + head) * size);
        float* value = _scratch.Values + ((((nint)token * _shape.KeyValueHeads) + head) * size);
        AddBias(key, _layer!.KeyBias, head);
        AddBias(value, _layer.ValueBias, head);
        PrepareHead(key, _layer.KeyNorm, cosines, sines);
        int position = _batch.Positions[token];
        _cache.Store(run.Blocks[position / KeyValueCache.BlockTokens], position % KeyValueCache.BlockTokens, _layerNumber, head, key, value);
        for (int i = 0; i < _shape.HeadsPerGroup; i++)
        {
            float* query = Query(token, head, i);
            AddBias(query, _layer.QueryBias, (head * _shape.HeadsPerGroup) + i);
            PrepareHead(query, _layer.QueryNorm, cosines, sines);
        }
    }

    private float* Query(int token, int head, int member) =>
        _scratch.Queries + ((((nint)token * _shape.Heads) + (head * _shape.HeadsPerGroup) + member) * _shape.HeadSize);

    private void AddBias(float* vector, float[]? bias, int head)
    {
        if (bias is null)
            return;
        fixed (float* values = bias)
            VectorMath.Add(vector, values + (head * _shape.HeadSize), _shape.HeadSize);
    }

    private void PrepareHead(float* vector, float[]? norm, float* cosines, float* sines)
    {
        if (norm is not null)
        {
            fixed (float* weights = norm)
                VectorMath.RmsNorm(vector, weights, vector, _shape.HeadSize, _shape.NormEpsilon);
        }

        RotaryTable.Rotate(vector, cosines, sines, _shape.HeadSize / 2, _interleaved);
    }

    private void Attend(TokenRun run, int firstToken, int tokens, int head, int thread)
    {
        int size = _shape.HeadSize, members = _shape.HeadsPerGroup;
        int last = _batch.Positions[firstToken + tokens - 1];
        int stride = RoundUp(last + 1);
        float* rows = _rows[thread], scores = _scores[thread];
        if (_readsHalves && tokens * members <= MostDirectQueries)
        {
            AttendDirectly(run, firstToken, tokens, head, scores);
            return;
        }

        for (int start = 0; start <= last; start += KeyValueCache.BlockTokens)
        {
            int count = Math.Min(KeyValueCache.BlockTokens, last + 1 - start);
            _cache.Load(run.Blocks[start / KeyValueCache.BlockTokens], _layerNumber, head, values: false, count, rows);
            for (int query = 0; query < tokens * members; query++)
            {
                float* vector = Query(firstToken + (query / members), head, query % members);
                int visible = Math.Min(count, _batch.Positions[firstToken + (query / members)] + 1 - start);
                AttentionMath.Scores(vector, rows, visible, size, _scale, scores + (query * stride) + start);
            }
        }

        PrepareWeights(firstToken, tokens, head, scores, stride);
        for (int start = 0; start <= last; start += KeyValueCache.BlockTokens)
        {
            int count = Math.Min(KeyValueCache.BlockTokens, last + 1 - start);
            _cache.Load(run.Blocks[start / KeyValueCache.BlockTokens], _layerNumber, head, values: true, count, rows);
            for (int query = 0; query < tokens * members; query++)
            {
                int visible = Math.Min(count, _batch.Positions[firstToken + (query / members)] + 1 - start);
                float* target = Attended(firstToken + (query / members), head, query % members);
                AttentionMath.AddWeightedRows(target, rows, scores + (query * stride) + start, visible, size);
            }
        }

        QuantizeHead(firstToken, tokens, head);
    }

    /// <summary>The same from the cache's own rows: for few queries it costs less to convert them twice than to write them down between.</summary>
    private void AttendDirectly(TokenRun run, int firstToken, int tokens, int head, float* scores)
    {
        int size = _shape.HeadSize, members = _shape.HeadsPerGroup, last = _batch.Positions[firstToken + tokens - 1];
        int stride = RoundUp(last + 1), blocks = stride / KeyValueCache.BlockTokens;
        for (int index = 0; index < 2 * blocks; index++)
        {
            bool values = index >= blocks;
            int block = index % blocks, start = block * KeyValueCache.BlockTokens;
            if (index == blocks)
                PrepareWeights(firstToken, tokens, head, scores, stride);
            ushort* rows = (ushort*)_cache.Rows(run.Blocks[block], _layerNumber, head, values);
            // After the last values come the next head's first keys, which lie behind this one's.
            int after = (index + 1) % (2 * blocks), nextHead = index + 1 < 2 * blocks ? head : Math.Min(head + 1, _shape.KeyValueHeads - 1);
            ushort* next = (ushort*)_cache.Rows(run.Blocks[after % blocks], _layerNumber, nextHead, after >= blocks);
            for (int query = 0, taken; query < tokens * members; query += taken)
            {
                // Two heads of a token at a time; the last of an odd number goes twice.
                int token = firstToken + (query / members), member = query % members, second = Math.Min(member + 1, members - 1);
                int visible = Math.Min(KeyValueCache.BlockTokens, _batch.Positions[token] + 1 - start);
                float* weights = scores + (query * stride) + start, secondWeights = weights + ((second - member) * stride);
                if (values)
                    HalfAttention.AddWeightedRows(Attended(token, head, member), Attended(token, head, second), rows, next, weights, secondWeights, visible, size);
                else
                    HalfAttention.Scores(Query(token, head, member), Query(token, head, second), rows, next, visible, size, _scale, weights, secondWeights);
                taken = 1 + second - member;
            }
        }

        QuantizeHead(firstToken, tokens, head);
    }

    private void PrepareWeights(int firstToken, int tokens, int head, float* scores, int stride)
    {
        int members = _shape.HeadsPerGroup;
        for (int query = 0; query < tokens * members; query++)
        {
            VectorMath.Softmax(scores + (query * stride), _batch.Positions[firstToken + (query / members)] + 1);
            new Span<float>(Attended(firstToken + (query / members), head, query % members), _shape.HeadSize).Clear();
        }
    }

    private void QuantizeHead(int firstToken, int tokens, int head)
    {
        int columns = _shape.HeadsPerGroup * _shape.HeadSize;
        for (int token = firstToken; token < firstToken + tokens; token++)
        {
            for (int i = 0; i < columns; i += Activations.Group)
                _scratch.Attended.QuantizeGroup(token, (head * columns) + i);
        }
    }

    private float* Attended(int token, int head, int member) =>
        _scratch.Attended.Row(token) + (((head * _shape.HeadsPerGroup) + member) * _shape.HeadSize);
}
