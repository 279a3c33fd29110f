using System.Diagnostics.Metrics;

namespace Cocoon.Inference.Serving;

/// <summary>The engine's instruments, in the meter <c>Cocoon.Inference</c>.</summary>
internal sealed class EngineMetrics : IDisposable
{
    private readonly Meter _meter = new("Cocoon.Inference");

    public EngineMetrics(Func<int> waiting, Func<int> running, Func<double> cacheUse)
    {
        _meter.CreateObservableGauge("cocoon.engine.waiting", waiting, "{request}", "Requests that wait for room");
        _meter.CreateObservableGauge("cocoon.engine.running", running, "{request}", "Sequences being computed");
        _meter.CreateObservableGauge("cocoon.engine.cache.use", cacheUse, "1", "Share of the key-value cache that sequences hold");
        PromptTokens = _meter.CreateCounter<long>("cocoon.engine.tokens.prompt", "{token}", "Prompt tokens computed");
        CachedTokens = _meter.CreateCounter<long>("cocoon.engine.tokens.cached", "{token}", "Prompt tokens found in the prefix cache");
        GeneratedTokens = _meter.CreateCounter<long>("cocoon.engine.tokens.generated", "{token}", "Tokens generated");
        FirstTokenSeconds = _meter.CreateHistogram<double>("cocoon.engine.first_token", "s", "From submission to the first token");
        BetweenTokensSeconds = _meter.CreateHistogram<double>("cocoon.engine.between_tokens", "s", "From one token of an answer to the next");
        PassSeconds = _meter.CreateHistogram<double>("cocoon.engine.pass", "s", "One pass through the model");
    }

    public Counter<long> PromptTokens { get; }

    public Counter<long> CachedTokens { get; }

    public Counter<long> GeneratedTokens { get; }

    public Histogram<double> FirstTokenSeconds { get; }

    public Histogram<double> BetweenTokensSeconds { get; }

    public Histogram<double> PassSeconds { get; }

    public void Dispose() => _meter.Dispose();
}
