using Cocoon.Inference.TestEngine;
using Cocoon.Inference.Upstream;

namespace Cocoon.Host.Configuration;

/// <summary>What runs the models.</summary>
internal enum EngineKind
{
    /// <summary>A GGUF file in this process.</summary>
    Embedded,

    /// <summary>An OpenAI-compatible server.</summary>
    Upstream,

    /// <summary>Made-up answers.</summary>
    Test,
}

/// <summary>Section <c>engine</c>.</summary>
/// <param name="Kind">Which engine.</param>
/// <param name="Embedded">The embedded engine's settings.</param>
/// <param name="Upstream">The upstream's settings; null unless <paramref name="Kind"/> is <see cref="EngineKind.Upstream"/>.</param>
/// <param name="Test">The test engine's settings.</param>
internal sealed record EngineOptions(EngineKind Kind, EmbeddedEngineOptions Embedded, UpstreamOptions? Upstream, TestEngineOptions Test)
{
    internal static EngineOptions Read(SettingsReader engine)
    {
        EngineKind kind = engine.Choice<EngineKind>("kind");
        SettingsReader embedded = engine.Section("embedded");
        SettingsReader test = engine.Section("test");
        return new EngineOptions(
            kind,
            new EmbeddedEngineOptions(
                SettingsFiles.Path(embedded, "model-file"),
                embedded.OptionalText("model"),
                (int)embedded.Integer("threads", 0, 1024),
                (int)embedded.Integer("context", 0, 10_000_000),
                (int)embedded.Integer("max-concurrent", 1, 4096)),
            kind == EngineKind.Upstream ? ReadUpstream(engine.Section("upstream")) : null,
            new TestEngineOptions
            {
                Seed = test.Integer("seed", long.MinValue, long.MaxValue),
                Model = test.Text("model"),
                AnswerTokens = (int)test.Integer("answer-tokens", 1, 1_000_000),
                FirstTokenDelay = test.Duration("first-token-delay", TimeSpan.Zero, TimeSpan.FromHours(1)),
                TokenDelay = test.Duration("token-delay", TimeSpan.Zero, TimeSpan.FromHours(1)),
                MaxConcurrent = (int)test.Integer("max-concurrent", 1, 1_000_000),
            });
    }

    private static UpstreamOptions ReadUpstream(SettingsReader upstream)
    {
        TimeSpan second = TimeSpan.FromSeconds(1);
        TimeSpan day = TimeSpan.FromDays(1);
        if (!Uri.TryCreate(upstream.Text("url"), UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            upstream.Problem("url", "must be the server's address such as http://127.0.0.1:8000");
        return new UpstreamOptions
        {
            Url = url ?? new Uri("http://127.0.0.1"),
            Dialect = upstream.Choice<UpstreamDialectChoice>("dialect"),
            ApiKey = upstream.OptionalText("api-key"),
            Models = upstream.Texts("models"),
            MaxConcurrent = (int)upstream.Integer("max-concurrent", 1, 100_000),
            ContextTokens = (int)upstream.Integer("context", 128, 100_000_000),
            TemplateTokens = (int)upstream.Integer("template-allowance", 0, 1_000_000),
            FirstChunkTimeout = upstream.Duration("first-chunk-timeout", second, day),
            ChunkTimeout = upstream.Duration("chunk-timeout", second, day),
            MaxAnswerBytes = (int)upstream.Size("max-answer", 1024, 1 << 30),
            MaxLineBytes = (int)upstream.Size("max-line", 1024, 1 << 28),
            ProbeInterval = upstream.Duration("probe-interval", TimeSpan.Zero, day),
            AllowedFields = upstream.Texts("allow-fields"),
        };
    }
}

/// <summary>The embedded engine's settings.</summary>
/// <param name="ModelFile">The GGUF file, as a full path.</param>
/// <param name="Model">The name clients ask for, or null: the name inside the file.</param>
/// <param name="Threads">Threads that compute; 0: the engine chooses.</param>
/// <param name="ContextTokens">Longest prompt plus answer; 0: the model's own.</param>
/// <param name="MaxConcurrent">Jobs computed at once.</param>
internal sealed record EmbeddedEngineOptions(string ModelFile, string? Model, int Threads, int ContextTokens, int MaxConcurrent);
