using System.Diagnostics.Metrics;

namespace Cocoon.Inference.Serving;

/// <summary>The engine's instruments, in the meter <c>Cocoon.Inference</c>.</summary>
internal sealed class EngineMetrics : IDisposable
{
    public EngineMetrics(Func<int> waiting, Func<int> running, Func<double> cacheUse)
    {
        Meter.CreateObservableGauge("cocoon.engine.waiting", waiting, "{request}", "Requests that wait for room");
        Meter.CreateObservableGauge("cocoon.engine.running", running, "{request}", "Sequences being computed");
        Meter.CreateObservableGauge("cocoon.engine.cache.use", cacheUse, "1", "Share of the key-value cache that sequences hold");
        PromptTokens = Meter.CreateCounter<long>("cocoon.engine.tokens.prompt", "{token}", "Prompt tokens computed");
        CachedTokens = Meter.CreateCounter<long>("cocoon.engine.tokens.cached", "{token}", "Prompt tokens found in the prefix cache");
        GeneratedTokens = Meter.CreateCounter<long>("cocoon.engine.tokens.generated", "{token}", "Tokens generated");
        FirstTokenSeconds = Meter.CreateHistogram<double>("cocoon.engine.first_token", "s", "From submission to the first token");
        BetweenTokensSeconds = Meter.CreateHistogram<double>("cocoon.engine.between_tokens", "s", "From one token of an answer to the next");
        PassSeconds = Meter.CreateHistogram<double>("cocoon.engine.pass", "s", "One pass through the model");
    }

    public Meter Meter { get; } = new("Cocoon.Inference");

    public Counter<long> PromptTokens { get; }

    public Counter<long> CachedTokens { get; }

    public Counter<long> GeneratedTokens { get; }

    public Histogram<double> FirstTokenSeconds { get; }

    public Histogram<double> BetweenTokensSeconds { get; }

    public Histogram<double> PassSeconds { get; }

    public void Dispose() => Meter.Dispose();
}
