using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Proxy;

/// <summary>How a proxy node runs jobs; the same on every node of a cluster.</summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="ShardCount">Logical shards of the cluster; fixed when it is created.</param>
/// <param name="Prices">Reference prices and commission.</param>
public sealed record ProxySettings(Scope Scope, int ShardCount, PriceTable Prices)
{
    /// <summary>Output tokens of a job that names no maximum, for models without a bound of their own. Default 4,096.</summary>
    public int DefaultOutputTokens { get; init; } = 4096;

    /// <summary>The same by model, for those that have their own. Default: none.</summary>
    public IReadOnlyDictionary<string, int> DefaultOutputTokensByModel { get; init; } = new SortedDictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Prompt tokens that a model's chat template may add to what the client sent. Default 512.</summary>
    public int TemplateTokens { get; init; } = 512;

    /// <summary>Most output tokens of one choice. Default 131,072.</summary>
    public int OutputTokensMax { get; init; } = 131_072;

    /// <summary>Most choices (OpenAI's n). Default 16.</summary>
    public int ChoicesMax { get; init; } = 16;

    /// <summary>Dearest worker for a job without a price cap, in thousandths of the reference. Default 2,000.</summary>
    public int DefaultCoefficientCap { get; init; } = 2000;

    /// <summary>Most bytes of a request's body, up to what a link takes. Default 32 MiB.</summary>
    public long RequestBytesMax { get; init; } = 32L << 20;

    /// <summary>Most bytes of an answer, up to what a link takes; a longer one is cut off, and what went out is charged. Default 32 MiB.</summary>
    public long AnswerBytesMax { get; init; } = 32L << 20;

    /// <summary>Jobs that one account may have on a node, running and waiting. Default 256.</summary>
    public int JobsPerAccountMax { get; init; } = 256;

    /// <summary>Time of a job whose client names none. Default 10 min.</summary>
    public TimeSpan DefaultTimeLeft { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest time a job may ask for. Default 30 min.</summary>
    public TimeSpan TimeLeftMax { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a job outlives its client's connection, for Resume. Default 5 s.</summary>
    public TimeSpan ResumeGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A job is settled in instalments at least this often. Default 15 s.</summary>
    public TimeSpan InstalmentPeriod { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A job is settled once so much has gathered since the last instalment. Default 0.01 TON.</summary>
    public NanoTon InstalmentAmount { get; init; } = new(10_000_000);

    /// <summary>Attempts after the first when a worker fails before the first chunk. Default 2.</summary>
    public int RetriesMax { get; init; } = 2;

    /// <summary>Request bytes kept for a retry; a longer body cannot be sent to a second worker. Default 256 KiB.</summary>
    public int RetainedBodyBytes { get; init; } = 256 << 10;

    /// <summary>Relayed chunk bytes kept for Resume, and held for a client that does not read. Default 64 KiB.</summary>
    public int ChunkWindowBytes { get; init; } = 64 << 10;

    /// <summary>How long a settlement is tried again before the job is given up. Default 60 s.</summary>
    public TimeSpan SettleFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Output tokens of a job for <paramref name="model"/> that names no maximum.</summary>
    public int DefaultOutputOf(string model) => DefaultOutputTokensByModel.TryGetValue(model, out int own) ? own : DefaultOutputTokens;
}
