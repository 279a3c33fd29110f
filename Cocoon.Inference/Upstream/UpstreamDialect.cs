using System.Collections.Frozen;

namespace Cocoon.Inference.Upstream;

/// <summary>What differs between the servers that speak OpenAI's protocol.</summary>
/// <param name="Name">For messages.</param>
/// <param name="ContinuousUsage">Whether it can send usage with every chunk.</param>
/// <param name="TimingsPerToken">Whether it can send llama.cpp's timings with every chunk.</param>
/// <param name="CacheSalt">Whether it takes a salt that separates prefix caches.</param>
/// <param name="ReportsCached">Whether its usage has cached tokens (when so configured).</param>
/// <param name="RunningMetric">The gauge of running jobs in its Prometheus text, or null.</param>
/// <param name="WaitingMetric">The gauge of waiting jobs.</param>
/// <param name="Properties">Where it tells about its slots, or null.</param>
internal sealed record UpstreamDialect(
    string Name,
    bool ContinuousUsage = false,
    bool TimingsPerToken = false,
    bool CacheSalt = false,
    bool ReportsCached = false,
    string? RunningMetric = null,
    string? WaitingMetric = null,
    string? Properties = null)
{
    /// <summary>Nothing beyond OpenAI's own protocol.</summary>
    public static readonly UpstreamDialect Plain = new("OpenAI-compatible server");

    private static readonly UpstreamDialect Vllm = new(
        "vLLM", ContinuousUsage: true, CacheSalt: true, ReportsCached: true,
        RunningMetric: "vllm:num_requests_running", WaitingMetric: "vllm:num_requests_waiting");

    private static readonly UpstreamDialect Sglang = new(
        "SGLang", ContinuousUsage: true, CacheSalt: true, ReportsCached: true,
        RunningMetric: "sglang:num_running_reqs", WaitingMetric: "sglang:num_queue_reqs", Properties: "/server_info");

    private static readonly UpstreamDialect LlamaServer = new(
        "llama-server", TimingsPerToken: true, ReportsCached: true,
        RunningMetric: "llamacpp:requests_processing", WaitingMetric: "llamacpp:requests_deferred", Properties: "/props");

    private static readonly UpstreamDialect Ollama = new("Ollama");

    private static readonly FrozenDictionary<string, UpstreamDialect> ByOwner = new Dictionary<string, UpstreamDialect>(StringComparer.Ordinal)
    {
        ["vllm"] = Vllm,
        ["sglang"] = Sglang,
        ["llamacpp"] = LlamaServer,
        ["library"] = Ollama,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The dialect that was configured, or null when it is to be found out.</summary>
    public static UpstreamDialect? Of(UpstreamDialectChoice choice) => choice switch
    {
        UpstreamDialectChoice.Vllm => Vllm,
        UpstreamDialectChoice.Sglang => Sglang,
        UpstreamDialectChoice.LlamaServer => LlamaServer,
        UpstreamDialectChoice.Ollama => Ollama,
        _ => null,
    };

    /// <summary>The dialect by <c>owned_by</c> of the models list, where each of the four writes its own word.</summary>
    public static UpstreamDialect OfOwner(string? owner) => ByOwner.GetValueOrDefault(owner ?? "", Plain);
}
