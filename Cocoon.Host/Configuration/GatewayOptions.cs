namespace Cocoon.Host.Configuration;

/// <summary>The OpenAI-compatible HTTP interface: section <c>gateway</c>.</summary>
/// <param name="Listen">Where apps connect.</param>
/// <param name="RequireKey">Whether callers must show a purse key.</param>
/// <param name="CorsOrigins">Web pages allowed to call; <c>*</c>: all.</param>
/// <param name="MaxRequestBytes">Largest request.</param>
/// <param name="MaxConcurrent">Requests being answered at once.</param>
/// <param name="IdempotencyWindow">How long an answer is kept for repeated requests.</param>
/// <param name="IdempotencyMaxAnswers">Answers kept.</param>
/// <param name="IdempotencyMaxBytes">Their size in all.</param>
/// <param name="KeepAlive">Time between comments in a silent stream; zero: none.</param>
internal sealed record GatewayOptions(
    HostPort Listen,
    bool RequireKey,
    IReadOnlyList<string> CorsOrigins,
    long MaxRequestBytes,
    int MaxConcurrent,
    TimeSpan IdempotencyWindow,
    int IdempotencyMaxAnswers,
    long IdempotencyMaxBytes,
    TimeSpan KeepAlive)
{
    /// <summary>For one person on one machine: no key, no pages of others, the defaults of <c>reference.conf</c> otherwise.</summary>
    internal static GatewayOptions ForLocalUse(HostPort listen) => new(
        listen,
        RequireKey: false,
        CorsOrigins: [],
        MaxRequestBytes: 32 << 20,
        MaxConcurrent: 256,
        IdempotencyWindow: TimeSpan.FromMinutes(10),
        IdempotencyMaxAnswers: 1000,
        IdempotencyMaxBytes: 64 << 20,
        KeepAlive: TimeSpan.FromSeconds(15));

    internal static GatewayOptions Read(SettingsReader gateway)
    {
        TimeSpan day = TimeSpan.FromDays(1);
        SettingsReader idempotency = gateway.Section("idempotency");
        IReadOnlyList<string> origins = gateway.Texts("cors-origins");
        foreach (string origin in origins.Where(origin => origin != "*" && !IsOrigin(origin)))
            gateway.Problem("cors-origins", $"holds '{origin}': each must be an origin such as https://app.example, or *");
        return new GatewayOptions(
            gateway.Endpoint("listen"),
            gateway.Flag("require-key"),
            origins,
            gateway.Size("max-request", 1024, 1 << 30),
            (int)gateway.Integer("max-concurrent", 1, 1_000_000),
            idempotency.Duration("window", TimeSpan.Zero, day),
            (int)idempotency.Integer("max-answers", 0, 10_000_000),
            idempotency.Size("max-memory", 0, 1L << 40),
            gateway.Duration("keep-alive", TimeSpan.Zero, day));
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text;
}
