using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Cocoon.Inference.Serving;

namespace Cocoon.Tests.Inference.Serving;

/// <summary>Many requests in little memory: who waits for whom, and what is left behind.</summary>
public sealed class BatchSchedulerLoadTests
{
    private static string ModelPath => Path.Combine(SharedVectors.RepositoryRoot, "models", "cocoon-tiny-en-fr-q8_0.gguf");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_long_prompt_delays_a_running_answer_by_one_stretch_at_a_time(bool embeds)
    {
        const int PromptTokens = 200, Stretch = 16;
        EngineOptions options = new() { Threads = 1, MaxConcurrent = 4, ChunkTokens = Stretch };
        using LoadedModel model = LoadedModel.Open(ModelPath, options);
        using BatchScheduler scheduler = new(model, options, TimeProvider.System);
        int[] prompt = [.. Enumerable.Range(300, PromptTokens)];
        int startedAt = 0, firstTokenAt = 0;
        CountingChooser running = new();
        CountingChooser late = new() { First = () => firstTokenAt = running.Count };
        Task embedding = Task.CompletedTask;
        Generation? longOne = null;
        running.Fifth = () =>
        {
            startedAt = running.Count;
            if (embeds)
                embedding = scheduler.EmbedAsync(prompt, EmbeddingPooling.Mean, CancellationToken.None).ContinueWith(_ => firstTokenAt = running.Count, TaskScheduler.Default);
            else
                longOne = scheduler.Submit(new GenerationRequest(prompt, 1, "", late));
        };
        using Generation first = scheduler.Submit(new GenerationRequest(new[] { 300 }, 150, "", running));
        await Drain(first);
        await embedding;
        if (longOne is not null)
            await Drain(longOne);
        int stretches = embeds ? PromptTokens / (Stretch / 2) : (PromptTokens + Stretch - 1) / Stretch;
        Assert.InRange(firstTokenAt - startedAt, stretches - 1, 150);
    }

    [Fact]
    public async Task A_crowd_in_a_small_cache_gets_the_answers_that_each_would_get_alone()
    {
        EngineOptions small = new() { Threads = 2, MaxConcurrent = 6, ChunkTokens = 16, CacheTokens = 256, ContextTokens = 160, MaxWaiting = 200 };
        using LoadedModel model = LoadedModel.Open(ModelPath, small);
        using BatchScheduler scheduler = new(model, small, TimeProvider.System);
        using Instruments instruments = new(scheduler.Meter);
        Random random = new(8);
        List<(int[] Prompt, int Most, bool Leaves)> requests = [.. Enumerable.Range(0, 80).Select(i =>
        {
            int shared = random.Next(3) * 32;
            int[] prompt = [.. Enumerable.Range(300, shared), .. Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.Next(300, 4000))];
            return (prompt, random.Next(1, 80), random.Next(4) == 0);
        })];
        List<int>[] crowd = await Task.WhenAll(requests.Select((request, i) => Task.Run(() => Answer(scheduler, request, $"scope {i % 3}"))));
        double peak = instruments.Read("cocoon.engine.cache.use");
        for (int wait = 0; wait < 500 && (scheduler.Running > 0 || instruments.Read("cocoon.engine.cache.use") > 0); wait++)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal(0, instruments.Read("cocoon.engine.cache.use"));
        Assert.InRange(peak, 0, 1);
        long prompts = instruments.Sum("cocoon.engine.tokens.prompt"), cached = instruments.Sum("cocoon.engine.tokens.cached"), generated = instruments.Sum("cocoon.engine.tokens.generated");
        Assert.True(cached > 0, "no prefix was found computed");
        Assert.InRange(generated, requests.Where(request => !request.Leaves).Sum(request => Most(request, small)), requests.Sum(request => Most(request, small)));
        Assert.InRange(prompts + cached, requests.Where(request => !request.Leaves).Sum(request => request.Prompt.Length), requests.Sum(request => request.Prompt.Length));
        Assert.Equal(generated, instruments.Count("cocoon.engine.first_token") + instruments.Count("cocoon.engine.between_tokens"));
        Assert.True(instruments.Count("cocoon.engine.pass") > 0);

        EngineOptions roomy = new() { Threads = 1, MaxConcurrent = 1, ContextTokens = 160 };
        using LoadedModel again = LoadedModel.Open(ModelPath, roomy);
        using BatchScheduler alone = new(again, roomy, TimeProvider.System);
        for (int i = 0; i < requests.Count; i++)
        {
            List<int> expected = await Answer(alone, requests[i] with { Leaves = false }, $"{i}");
            Assert.Equal(requests[i].Leaves ? expected[..crowd[i].Count] : expected, crowd[i]);
        }
    }

    private static int Most((int[] Prompt, int Most, bool Leaves) request, EngineOptions options) => Math.Min(request.Most, options.ContextTokens - request.Prompt.Length);

    private static async Task<List<int>> Answer(BatchScheduler scheduler, (int[] Prompt, int Most, bool Leaves) request, string scope)
    {
        using Generation generation = scheduler.Submit(new GenerationRequest(request.Prompt, request.Most, scope, new CountingChooser()));
        List<int> answer = [];
        await foreach (GeneratedToken token in generation.Tokens.ReadAllAsync())
        {
            answer.Add(token.Token);
            if (request.Leaves && answer.Count == 3)
                break;
        }

        return answer;
    }

    private static async Task Drain(Generation generation)
    {
        await foreach (GeneratedToken _ in generation.Tokens.ReadAllAsync())
        {
        }
    }

    private sealed class CountingChooser : ITokenChooser
    {
        public int Count;

        public Action? First { get; init; }

        public Action? Fifth { get; set; }

        public ChosenToken Choose(Span<float> logits)
        {
            int count = Interlocked.Increment(ref Count);
            if (count == 1)
                First?.Invoke();
            else if (count == 5)
                Fifth?.Invoke();
            return new ChosenToken(Model.ReferenceLogitsTests.Largest(logits), false);
        }
    }

    /// <summary>What an engine's meter says. Other tests' engines have meters of the same name.</summary>
    private sealed class Instruments : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, (long Sum, int Count)> _counts = [];
        private readonly ConcurrentDictionary<string, double> _gauges = [];

        public Instruments(Meter meter)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == meter)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
            _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
            _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
            _listener.Start();
        }

        public long Sum(string name) => _counts.GetValueOrDefault(name).Sum;

        public int Count(string name) => _counts.GetValueOrDefault(name).Count;

        public double Read(string name)
        {
            _listener.RecordObservableInstruments();
            return _gauges[name];
        }

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, double value)
        {
            if (instrument.IsObservable)
                _gauges[instrument.Name] = value;
            else
                _counts.AddOrUpdate(instrument.Name, ((long)value, 1), (_, old) => (old.Sum + (long)value, old.Count + 1));
        }
    }
}
