using Cocoon.Actors.Ports;
using Cocoon.Inference.Kernels;
using Cocoon.Inference.Model;

namespace Cocoon.Inference.Serving;

/// <summary>
/// Continuous batching: one thread takes, pass by pass, the next token of every running answer and a stretch of the prompts that came in,
/// so that a long prompt holds up the others by no more than one stretch. A request starts only when the key-value cache has room for
/// its prompt and its longest answer; then it cannot run out.
/// </summary>
internal sealed class BatchScheduler : IDisposable
{
    private readonly LoadedModel _model;
    private readonly EngineOptions _options;
    private readonly TimeProvider _time;
    private readonly BlockPool _pool;
    private readonly SequenceQueue _queue;
    private readonly List<Sequence> _running = [];
    private readonly ForwardBatch _batch;
    private readonly List<(Sequence Sequence, int Output)> _choosing = [];
    private readonly EngineMetrics _metrics;
    private readonly Thread _thread;
    private volatile bool _stopped;
    private volatile int _runningCount;

    public BatchScheduler(LoadedModel model, EngineOptions options, TimeProvider time)
    {
        (_model, _options, _time) = (model, options, time);
        _pool = new BlockPool(model.Cache.Blocks);
        _queue = new SequenceQueue(options.MaxWaiting);
        _batch = new ForwardBatch(model.MaxBatchTokens);
        _metrics = new EngineMetrics(() => Waiting, () => Running, () => (double)_pool.Used / _pool.Total);
        _thread = new Thread(Work) { IsBackground = true, Name = "inference-engine" };
        _thread.Start();
    }

    /// <summary>Requests that wait for room.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Sequences being computed.</summary>
    public int Running => _runningCount;

    /// <summary>This engine's instruments; another engine of the process has its own meter of the same name.</summary>
    public System.Diagnostics.Metrics.Meter Meter => _metrics.Meter;

    /// <summary>Longest prompt plus answer, in tokens.</summary>
    public int ContextTokens => _model.ContextTokens;

    /// <summary>
    /// Queues an answer. Throws <see cref="EngineException"/>: ContextExceeded when the prompt leaves no room for a token, Busy when the queue is full,
    /// BadRequest for tokens outside the vocabulary.
    /// </summary>
    public Generation Submit(GenerationRequest request)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.MaxTokens, 1);
        CheckPrompt(request.Prompt.Span, room: 1);
        int maxTokens = Math.Min(request.MaxTokens, ContextTokens - request.Prompt.Length);
        Sequence sequence = new(request.Prompt.Span, maxTokens, request.CacheScope, request.Chooser, _time.GetTimestamp());
        Enqueue(sequence);
        return new Generation(sequence);
    }

    /// <summary>Computes one vector of length 1 for a text. Fails like <see cref="Submit"/>.</summary>
    public async Task<float[]> EmbedAsync(ReadOnlyMemory<int> tokens, EmbeddingPooling pooling, CancellationToken cancellationToken)
    {
        CheckPrompt(tokens.Span, room: 0);
        Sequence sequence = new(tokens.Span, 0, "", chooser: null, _time.GetTimestamp()) { Pooling = pooling };
        Enqueue(sequence);
        using CancellationTokenRegistration registration = cancellationToken.Register(sequence.Cancel);
        return await sequence.Vector.Task;
    }

    /// <summary>Stops after the pass in progress; what runs or waits fails.</summary>
    public void Dispose()
    {
        _stopped = true;
        _queue.Wake();
        _thread.Join();
        _queue.Dispose();
        _metrics.Dispose();
    }

    private void CheckPrompt(ReadOnlySpan<int> tokens, int room)
    {
        if (tokens.IsEmpty)
            throw new EngineException(EngineFailure.BadRequest, "the prompt is empty");
        if (tokens.Length > ContextTokens - room)
            throw new EngineException(EngineFailure.ContextExceeded, $"the prompt has {tokens.Length} tokens, the context {ContextTokens} with the answer");
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)_model.Shape.VocabularySize)
                throw new EngineException(EngineFailure.BadRequest, $"token {token} is outside the vocabulary of {_model.Shape.VocabularySize}");
        }
    }

    private void Enqueue(Sequence sequence)
    {
        if (_stopped || !_queue.TryAdd(sequence))
            throw new EngineException(EngineFailure.Busy, _stopped ? "the engine is stopping" : $"{_options.MaxWaiting} requests are waiting already");
    }

    private void Work()
    {
        while (!_stopped)
        {
            DropCancelled();
            Admit();
            if (_running.Count == 0)
            {
                _queue.Wait();
                continue;
            }

            try
            {
                RunPass();
                RunEmbeddingPass();
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                FailAll(new EngineException(EngineFailure.Failed, $"a pass through the model failed: {failure.Message}", failure));
            }
        }

        FailAll(new EngineException(EngineFailure.Failed, "the engine was stopped"));
        foreach (Sequence waiting in _queue.Drain())
            waiting.Fail(new EngineException(EngineFailure.Failed, "the engine was stopped"));
    }

    private void DropCancelled()
    {
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            if (_running[i].IsCancelled)
                Finish(_running[i], new OperationCanceledException());
        }

        foreach (Sequence waiting in _queue.RemoveCancelled())
            waiting.Fail(new OperationCanceledException());
    }

    private void Admit()
    {
        while (_running.Count < _options.MaxConcurrent && _queue.TryPeek(out Sequence? sequence))
        {
            ShareBlocks(sequence);
            if (_pool.Available < sequence.Blocks.Length - sequence.HeldBlocks)
            {
                ReleaseBlocks(sequence);
                return;
            }

            while (sequence.HeldBlocks < sequence.Blocks.Length)
                sequence.Blocks[sequence.HeldBlocks++] = _pool.Take();
            _queue.Remove(sequence);
            _running.Add(sequence);
            _runningCount = _running.Count;
        }
    }

    /// <summary>Replaces leading blocks by computed ones. The last prompt token is always computed: its logits are needed.</summary>
    private void ShareBlocks(Sequence sequence)
    {
        if (sequence.IsEmbedding && sequence.Pooling == EmbeddingPooling.Mean)
            return;
        int most = (sequence.Prompt.Length - 1) / KeyValueCache.BlockTokens;
        int shared = sequence.Computed / KeyValueCache.BlockTokens;
        while (shared < most && _pool.TryShare(sequence.Hashes[shared], out int block))
        {
            if (shared < sequence.HeldBlocks)
                _pool.Release(sequence.Blocks[shared]);
            else
                sequence.HeldBlocks++;
            sequence.Blocks[shared++] = block;
        }

        sequence.Computed = shared * KeyValueCache.BlockTokens;
        Volatile.Write(ref sequence.CachedTokens, sequence.Computed);
    }

    private void ReleaseBlocks(Sequence sequence)
    {
        for (int i = 0; i < sequence.HeldBlocks; i++)
            _pool.Release(sequence.Blocks[i]);
        (sequence.HeldBlocks, sequence.Computed) = (0, 0);
    }

    private void RunPass()
    {
        _batch.Clear();
        _choosing.Clear();
        foreach (Sequence sequence in _running)
        {
            if (!sequence.IsEmbedding && sequence.PromptDone)
                _choosing.Add((sequence, _batch.AddDecode(sequence.LastToken, sequence.Position, sequence.Blocks)));
        }

        int budget = _batch.DecodeCount > 0 ? StretchTokens : LoadedModel.FullChunkTokens;
        foreach (Sequence sequence in _running)
        {
            if (!sequence.IsEmbedding && !sequence.PromptDone && budget > 0)
                budget -= AddPrompt(sequence, budget);
        }

        if (_batch.Count == 0)
            return;
        long started = _time.GetTimestamp();
        _model.Transformer.Forward(_batch);
        _metrics.PassSeconds.Record(_time.GetElapsedTime(started).TotalSeconds);
        Choose();
    }

    /// <summary>Prompt tokens between two tokens of a running answer. A text to embed takes half of them, so that prompts and texts together hold nobody up longer.</summary>
    private int StretchTokens => _running.Exists(sequence => sequence.IsEmbedding) ? Math.Max(1, _options.ChunkTokens / 2) : _options.ChunkTokens;

    private int AddPrompt(Sequence sequence, int budget)
    {
        // Another sequence with the same beginning may have computed it since this one was admitted.
        if (sequence.Computed == Volatile.Read(ref sequence.CachedTokens))
            ShareBlocks(sequence);
        int count = Math.Min(budget, sequence.Prompt.Length - sequence.Computed);
        bool last = sequence.Computed + count == sequence.Prompt.Length;
        int output = _batch.AddPrompt(sequence.Prompt.AsSpan(sequence.Computed, count), sequence.Computed, sequence.Blocks, last ? 1 : 0);
        AdvancePrompt(sequence, count);
        if (last)
            _choosing.Add((sequence, output));
        return count;
    }

    private void AdvancePrompt(Sequence sequence, int count)
    {
        int full = sequence.Computed / KeyValueCache.BlockTokens;
        sequence.Computed += count;
        _metrics.PromptTokens.Add(count);
        if (sequence.PromptDone)
            _metrics.CachedTokens.Add(sequence.CachedTokens);
        sequence.ToRegister = (full, sequence.Computed / KeyValueCache.BlockTokens);
    }

    private void RegisterBlocks(Sequence sequence)
    {
        for (int i = sequence.ToRegister.First; i < sequence.ToRegister.End; i++)
            _pool.Register(sequence.Hashes[i], sequence.Blocks[i]);
        sequence.ToRegister = default;
    }

    private void Choose()
    {
        foreach (Sequence sequence in _running)
            RegisterBlocks(sequence);
        ChosenToken[] chosen = new ChosenToken[_choosing.Count];
        Exception?[] failures = new Exception?[_choosing.Count];
        _model.Team.Run(new TokenWork(_choosing.Count, i =>
        {
            try
            {
                Span<float> logits = _model.Transformer.Logits(_choosing[i].Output);
                if (!VectorMath.IsFinite(logits))
                    throw new EngineException(EngineFailure.Failed, "the model computed values that are not finite: the file is damaged, or its numbers overflow");
                chosen[i] = _choosing[i].Sequence.Chooser!.Choose(logits);
            }
            catch (Exception failure)
            {
                failures[i] = failure;
            }
        }));
        long now = _time.GetTimestamp();
        for (int i = 0; i < chosen.Length; i++)
        {
            if (failures[i] is { } failure)
                Finish(_choosing[i].Sequence, failure);
            else
                Deliver(_choosing[i].Sequence, chosen[i], now);
        }
    }

    private void Deliver(Sequence sequence, ChosenToken chosen, long now)
    {
        if (sequence.Generated++ == 0)
            _metrics.FirstTokenSeconds.Record(_time.GetElapsedTime(sequence.SubmittedAt, now).TotalSeconds);
        else
            _metrics.BetweenTokensSeconds.Record(_time.GetElapsedTime(sequence.LastTokenAt, now).TotalSeconds);
        _metrics.GeneratedTokens.Add(1);
        (sequence.LastToken, sequence.LastTokenAt) = (chosen.Token, now);
        GenerationEnd end = chosen.Ends ? GenerationEnd.Stop : sequence.Generated == sequence.MaxTokens ? GenerationEnd.Length : GenerationEnd.None;
        sequence.Channel.Writer.TryWrite(new GeneratedToken(chosen.Token, chosen.Detail, end));
        if (end != GenerationEnd.None)
            Finish(sequence, failure: null);
    }

    /// <summary>One stretch of the first text to embed; its tokens need no logits.</summary>
    private void RunEmbeddingPass()
    {
        Sequence? sequence = _running.Find(candidate => candidate.IsEmbedding);
        if (sequence is null)
            return;
        _batch.Clear();
        int count = Math.Min(StretchTokens, sequence.Prompt.Length - sequence.Computed);
        bool last = sequence.Computed + count == sequence.Prompt.Length;
        int outputs = sequence.Pooling == EmbeddingPooling.Mean ? count : last ? 1 : 0;
        _batch.AddPrompt(sequence.Prompt.AsSpan(sequence.Computed, count), sequence.Computed, sequence.Blocks, outputs);
        AdvancePrompt(sequence, count);
        _model.Transformer.Forward(_batch, vectorsOnly: true);
        RegisterBlocks(sequence);
        sequence.Pooled ??= new float[_model.Shape.Width];
        for (int i = 0; i < outputs; i++)
        {
            ReadOnlySpan<float> vector = _model.Transformer.Vector(i);
            for (int j = 0; j < vector.Length; j++)
                sequence.Pooled[j] += vector[j];
        }

        if (!last)
            return;
        float length = MathF.Sqrt(sequence.Pooled.Sum(value => value * value));
        sequence.Vector.TrySetResult(Array.ConvertAll(sequence.Pooled, value => length > 0 ? value / length : 0));
        Finish(sequence, failure: null);
    }

    private void Finish(Sequence sequence, Exception? failure)
    {
        _running.Remove(sequence);
        _runningCount = _running.Count;
        ReleaseBlocks(sequence);
        if (failure is not null)
            sequence.Fail(failure);
        else
            sequence.Channel.Writer.TryComplete();
    }

    private void FailAll(EngineException failure)
    {
        foreach (Sequence sequence in _running.ToArray())
            Finish(sequence, failure);
    }
}
