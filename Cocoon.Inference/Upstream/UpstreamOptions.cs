namespace Cocoon.Inference.Upstream;

/// <summary>Which server an upstream is.</summary>
public enum UpstreamDialectChoice
{
    /// <summary>Asked once, when the engine is first used.</summary>
    Auto,

    /// <summary>vLLM.</summary>
    Vllm,

    /// <summary>SGLang.</summary>
    Sglang,

    /// <summary>llama.cpp's server.</summary>
    LlamaServer,

    /// <summary>Ollama.</summary>
    Ollama,
}

/// <summary>Settings of an OpenAI-compatible upstream.</summary>
public sealed record UpstreamOptions
{
    /// <summary>The server's address without <c>/v1</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>Which server it is. Default <see cref="UpstreamDialectChoice.Auto"/>.</summary>
    public UpstreamDialectChoice Dialect { get; init; }

    /// <summary>Sent as a bearer token. Default: none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Only these of the server's models. Default: all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Jobs at once where the server does not tell. Default 32.</summary>
    public int MaxConcurrent { get; init; } = 32;

    /// <summary>Longest prompt plus answer in tokens where the server does not tell. Default 32,768.</summary>
    public int ContextTokens { get; init; } = 32_768;

    /// <summary>Tokens that the chat template adds at most around one job's messages. Default 256.</summary>
    public int TemplateTokens { get; init; } = 256;

    /// <summary>Longest silence before the first chunk. Default 120 s.</summary>
    public TimeSpan FirstChunkTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Longest silence between chunks. Default 60 s.</summary>
    public TimeSpan ChunkTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Largest answer in bytes. Default 32 MiB.</summary>
    public int MaxAnswerBytes { get; init; } = 32 << 20;

    /// <summary>Longest line of a stream in bytes. Default 4 MiB.</summary>
    public int MaxLineBytes { get; init; } = 4 << 20;

    /// <summary>How often an idle server must prove by a one-token job that it still generates; zero: never. Default 10 min.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Request fields that are passed on although they are removed by default. Default: none.</summary>
    public IReadOnlyList<string> AllowedFields { get; init; } = [];
}
