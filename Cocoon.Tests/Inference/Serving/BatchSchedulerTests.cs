using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Inference.Serving;

namespace Cocoon.Tests.Inference.Serving;

public sealed class BatchSchedulerTests : IDisposable
{
    private const int EndToken = 4095;

    private readonly List<IDisposable> _owned = [];

    [Fact]
    public async Task Answers_are_the_reference_ones_alone_and_all_at_once()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(SharedVectors.Require("models", "reference-q8_0.json")));
        BatchScheduler scheduler = Start(new EngineOptions { Threads = 2, MaxConcurrent = 6, ChunkTokens = 16 });
        List<(Task<List<int>> Answer, int[] Expected)> together = [];
        foreach (JsonElement result in json.RootElement.GetProperty("results").EnumerateArray())
        {
            if (result.GetProperty("min_margin").GetDouble() > 0.3)
                together.Add((AnswerAsync(scheduler, Ints(result.GetProperty("prompt_tokens"))), Ints(result.GetProperty("tokens"))));
        }

        foreach ((Task<List<int>> answer, int[] expected) in together)
            Assert.Equal(expected, await answer);
        Assert.InRange(together.Count, 15, 100);
    }

    [Fact]
    public async Task Logits_do_not_depend_on_what_else_is_computed()
    {
        int[] prompt = [.. Enumerable.Range(300, 70)];
        BatchScheduler alone = Start(new EngineOptions { Threads = 1, MaxConcurrent = 1 });
        List<float[]> expected = await LogitsAsync(alone, prompt, 8);
        BatchScheduler crowded = Start(new EngineOptions { Threads = 2, MaxConcurrent = 8, ChunkTokens = 24 });
        Task<List<int>>[] others = [.. Enumerable.Range(0, 7).Select(i => AnswerAsync(crowded, [.. Enumerable.Range(500 + i, 20 + (9 * i))], 40, ends: false))];
        Assert.Equal(expected, await LogitsAsync(crowded, prompt, 8));
        // Once more, now on blocks that the first round computed.
        Assert.Equal(expected, await LogitsAsync(crowded, prompt, 8));
        await Task.WhenAll(others);
    }

    [Fact]
    public async Task Cached_tokens_are_whole_blocks_of_the_same_scope()
    {
        int[] prompt = [.. Enumerable.Range(300, 100)];
        BatchScheduler scheduler = Start(new EngineOptions { Threads = 1 });
        Assert.Equal(0, await CachedAsync(scheduler, prompt, "a"));
        Assert.Equal(96, await CachedAsync(scheduler, prompt, "a"));
        Assert.Equal(0, await CachedAsync(scheduler, prompt, "b"));
        Assert.Equal(64, await CachedAsync(scheduler, prompt[..96], "a"));
        int[] changed = [.. prompt];
        changed[40]++;
        Assert.Equal(32, await CachedAsync(scheduler, changed, "a"));
    }

    [Fact]
    public async Task Admission_waits_for_worst_case_room_and_all_finish()
    {
        BatchScheduler scheduler = Start(new EngineOptions { Threads = 1, MaxConcurrent = 8, CacheTokens = 128, ContextTokens = 128, MaxWaiting = 20 });
        Task<List<int>>[] answers = [.. Enumerable.Range(0, 10).Select(i => AnswerAsync(scheduler, [300 + i, 301, 302], 60, ends: false))];
        List<int>[] done = await Task.WhenAll(answers);
        Assert.All(done, answer => Assert.Equal(60, answer.Count));
    }

    [Fact]
    public async Task Full_queue_is_busy_and_long_prompt_is_refused()
    {
        BatchScheduler scheduler = Start(new EngineOptions { Threads = 1, MaxConcurrent = 1, MaxWaiting = 1, ContextTokens = 256 });
        Assert.Equal(
            EngineFailure.ContextExceeded,
            Assert.Throws<EngineException>(() => scheduler.Submit(new GenerationRequest(new int[256], 1, "", new GreedyChooser(-1)))).Failure);
        Assert.Equal(
            EngineFailure.BadRequest,
            Assert.Throws<EngineException>(() => scheduler.Submit(new GenerationRequest(new[] { 4096 }, 1, "", new GreedyChooser(-1)))).Failure);
        BlockingChooser blocking = new();
        List<Generation> held = [scheduler.Submit(new GenerationRequest(new[] { 300 }, 10, "", blocking))];
        await blocking.Entered.Task;
        EngineException? busy = null;
        for (int i = 0; i < 4 && busy is null; i++)
        {
            try
            {
                held.Add(scheduler.Submit(new GenerationRequest(new[] { 300 }, 10, "", new GreedyChooser(-1))));
            }
            catch (EngineException failure)
            {
                busy = failure;
            }
        }

        blocking.Release.Set();
        Assert.Equal(EngineFailure.Busy, busy?.Failure);
        held.ForEach(generation => generation.Dispose());
    }

    [Fact]
    public async Task Cancelling_ends_the_stream_and_frees_the_slot()
    {
        BatchScheduler scheduler = Start(new EngineOptions { Threads = 1, MaxConcurrent = 1 });
        BlockingChooser blocking = new(ends: false);
        Generation generation = scheduler.Submit(new GenerationRequest(new[] { 300, 301 }, 200, "", blocking));
        await blocking.Entered.Task;
        generation.Dispose();
        blocking.Release.Set();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GeneratedToken _ in generation.Tokens.ReadAllAsync())
            {
            }
        });
        Assert.Equal(5, (await AnswerAsync(scheduler, [300], 5, ends: false)).Count);
    }

    [Fact]
    public async Task Failing_chooser_ends_only_its_own_answer()
    {
        BatchScheduler scheduler = Start(new EngineOptions { Threads = 2 });
        Task<List<int>> other = AnswerAsync(scheduler, [300, 301], 30, ends: false);
        Generation failing = scheduler.Submit(new GenerationRequest(new[] { 300 }, 5, "", new FailingChooser()));
        await Assert.ThrowsAsync<InvalidDataException>(() => failing.Tokens.Completion);
        Assert.Equal(30, (await other).Count);
    }

    [Fact]
    public async Task Embeddings_have_length_one_and_do_not_depend_on_stretches()
    {
        int[] text = [.. Enumerable.Range(300, 90)];
        foreach (EmbeddingPooling pooling in (EmbeddingPooling[])[EmbeddingPooling.Mean, EmbeddingPooling.Last])
        {
            float[] whole = await Start(new EngineOptions { ChunkTokens = 128 }).EmbedAsync(text, pooling, CancellationToken.None);
            float[] parts = await Start(new EngineOptions { ChunkTokens = 16 }).EmbedAsync(text, pooling, CancellationToken.None);
            Assert.Equal(192, whole.Length);
            Assert.Equal(1, whole.Sum(value => value * value), 1e-4);
            Assert.Equal(1, whole.Zip(parts).Sum(pair => pair.First * pair.Second), 1e-4);
        }
    }

    public void Dispose() => Enumerable.Reverse(_owned).ToList().ForEach(owned => owned.Dispose());

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(element => element.GetInt32())];

    private static async Task<List<int>> AnswerAsync(BatchScheduler scheduler, int[] prompt, int maxTokens = 100, bool ends = true)
    {
        using Generation generation = scheduler.Submit(new GenerationRequest(prompt, maxTokens, "test", new GreedyChooser(ends ? EndToken : -1)));
        List<int> answer = [];
        await foreach (GeneratedToken token in generation.Tokens.ReadAllAsync())
            answer.Add(token.Token);
        return answer;
    }

    private static async Task<List<float[]>> LogitsAsync(BatchScheduler scheduler, int[] prompt, int tokens)
    {
        GreedyChooser chooser = new(-1) { Seen = [] };
        using Generation generation = scheduler.Submit(new GenerationRequest(prompt, tokens, "logits", chooser));
        await foreach (GeneratedToken _ in generation.Tokens.ReadAllAsync())
        {
        }

        return chooser.Seen;
    }

    private static async Task<int> CachedAsync(BatchScheduler scheduler, int[] prompt, string scope)
    {
        using Generation generation = scheduler.Submit(new GenerationRequest(prompt, 2, scope, new GreedyChooser(-1)));
        await foreach (GeneratedToken _ in generation.Tokens.ReadAllAsync())
        {
        }

        return generation.CachedTokens;
    }

    private BatchScheduler Start(EngineOptions options)
    {
        LoadedModel model = LoadedModel.Open(SharedVectors.Require("models", "cocoon-tiny-en-fr-q8_0.gguf"), options);
        BatchScheduler scheduler = new(model, options, TimeProvider.System);
        _owned.Add(model);
        _owned.Add(scheduler);
        return scheduler;
    }

    private sealed class GreedyChooser(int endToken) : ITokenChooser
    {
        public List<float[]>? Seen { get; init; }

        public ChosenToken Choose(Span<float> logits)
        {
            Seen?.Add(logits.ToArray());
            int best = Model.ReferenceLogitsTests.Largest(logits);
            return new ChosenToken(best, best == endToken);
        }
    }

    private sealed class BlockingChooser(bool ends = true) : ITokenChooser
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim Release { get; } = new();

        public ChosenToken Choose(Span<float> logits)
        {
            Entered.TrySetResult();
            Release.Wait();
            return new ChosenToken(0, ends);
        }
    }

    private sealed class FailingChooser : ITokenChooser
    {
        public ChosenToken Choose(Span<float> logits) => throw new InvalidDataException("no");
    }
}
