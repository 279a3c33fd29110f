using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ports;

/// <summary>Runs jobs on models. The embedded engine, an OpenAI-compatible upstream and the test engine are behind this one port.</summary>
public interface IInferenceEngine
{
    /// <summary>What the engine serves now. Throws <see cref="EngineException"/> when it is not healthy.</summary>
    ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Runs one job. Cancelling the token, or disposing the enumerator, frees what the job holds within one iteration of the engine.
    /// The last chunk has a finish reason and, over all chunks, the usage is complete. Failures throw <see cref="EngineException"/>.
    /// </summary>
    IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, CancellationToken cancellationToken);
}

/// <summary>An engine's models and its load.</summary>
/// <param name="Models">The models, at least one.</param>
/// <param name="Running">Jobs running now.</param>
/// <param name="Waiting">Jobs accepted and not yet running.</param>
public sealed record EngineStatus(IReadOnlyList<EngineModel> Models, int Running, int Waiting);

/// <summary>One model as an engine serves it.</summary>
/// <param name="Name">The name that jobs ask for.</param>
/// <param name="ContextTokens">Longest prompt plus answer, in tokens.</param>
/// <param name="MaxConcurrent">Jobs it runs at once.</param>
/// <param name="TemplateTokens">Upper bound of the tokens that the chat template adds around the messages of one job.</param>
public sealed record EngineModel(string Name, int ContextTokens, int MaxConcurrent, int TemplateTokens);

/// <summary>Which OpenAI endpoint a body belongs to.</summary>
public enum EngineEndpoint
{
    /// <summary><c>/v1/chat/completions</c></summary>
    ChatCompletions = 1,

    /// <summary><c>/v1/completions</c></summary>
    Completions = 2,

    /// <summary><c>/v1/embeddings</c></summary>
    Embeddings = 3,
}

/// <summary>One job for an engine.</summary>
/// <param name="Endpoint">Whose request <paramref name="Body"/> is.</param>
/// <param name="Model">The model, one of <see cref="EngineStatus.Models"/>.</param>
/// <param name="Body">The request: OpenAI's JSON, unknown fields kept. Its model, stream and max-token fields give way to this record.</param>
/// <param name="MaxOutputTokens">Most tokens to generate for each choice, 1 and up.</param>
/// <param name="Stream">True: chunks are OpenAI stream objects. False: one chunk holds the whole response object.</param>
/// <param name="CacheScope">Prefix-cache entries are shared only between jobs of the same scope (the account).</param>
public sealed record EngineJob(
    EngineEndpoint Endpoint,
    string Model,
    ReadOnlyMemory<byte> Body,
    int MaxOutputTokens,
    bool Stream,
    string CacheScope);

/// <summary>One piece of an answer.</summary>
/// <param name="Payload">One JSON object as OpenAI sends it (without the <c>data:</c> framing); empty when the chunk only carries usage.</param>
/// <param name="Usage">Usage that this chunk adds; prompt and cached are in the first chunk that knows them.</param>
/// <param name="Finish">Null until the last chunk; then <c>stop</c>, <c>length</c>, <c>tool_calls</c> or <c>content_filter</c>.</param>
public sealed record EngineChunk(ReadOnlyMemory<byte> Payload, IReadOnlyList<UsageAmount> Usage, string? Finish);

/// <summary>Why an engine did not finish a job.</summary>
public enum EngineFailure
{
    /// <summary>The request itself is wrong; no other worker would do better.</summary>
    BadRequest = 1,

    /// <summary>The model is not served here.</summary>
    UnknownModel = 2,

    /// <summary>No room now; another worker, or the same one later, may have it.</summary>
    Busy = 3,

    /// <summary>The engine failed; another worker may do better.</summary>
    Failed = 4,

    /// <summary>The prompt does not fit the model's context.</summary>
    ContextExceeded = 5,
}

/// <summary>An engine could not run or finish a job.</summary>
public sealed class EngineException(EngineFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of failure it was.</summary>
    public EngineFailure Failure { get; } = failure;
}
