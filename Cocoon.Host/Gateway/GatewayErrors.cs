using System.Text.Json;
using Cocoon.Client;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Gateway;

/// <summary>A request that the gateway itself refuses.</summary>
internal sealed class GatewayException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;
}

/// <summary>OpenAI's error object: <c>{"error":{"message","type","param","code"}}</c>, and the HTTP status and waiting time that go with it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">OpenAI's broad class of error.</param>
/// <param name="Code">The exact reason, stable.</param>
/// <param name="Message">What is wrong and what to do.</param>
/// <param name="RetryAfter">When to try again, or null.</param>
/// <param name="Job">The job's error, where there was a job.</param>
internal sealed record GatewayError(int Status, string Type, string Code, string Message, TimeSpan? RetryAfter, JobException? Job)
{
    /// <summary>HTTP status when the client is gone; nobody sees it but the log.</summary>
    public const int ClientClosedRequest = 499;

    private static readonly TimeSpan DefaultRetry = TimeSpan.FromSeconds(1);

    public static GatewayError Of(GatewayException error) => new(
        error.Status, TypeOf(error.Status), error.Code, error.Message, error.Status is 429 or 503 ? DefaultRetry : null, null);

    public static GatewayError Of(JobException error)
    {
        (int status, string code) = error.Failure switch
        {
            JobFailure.BadRequest => (400, "bad_request"),
            JobFailure.UnknownModel => (404, "model_not_found"),
            JobFailure.ContextExceeded => (400, "context_length_exceeded"),
            // 402 and not OpenAI's 429: waiting does not help, and clients repeat a 429 by themselves.
            JobFailure.Balance => (402, "insufficient_quota"),
            JobFailure.Ceiling => (402, "ceiling_reached"),
            JobFailure.PurseBudget => (402, "key_budget_reached"),
            JobFailure.PriceCap => (402, "price_cap"),
            JobFailure.Purse => (401, "invalid_api_key"),
            JobFailure.PurseModel => (403, "model_not_allowed"),
            JobFailure.RateLimit => (429, "rate_limit_exceeded"),
            JobFailure.NoWorker => (503, "no_worker"),
            JobFailure.QueueFull => (503, "queue_full"),
            JobFailure.Tier => (503, "no_worker_of_tier"),
            JobFailure.Draining => (503, "draining"),
            JobFailure.Unreachable => (503, "network_unreachable"),
            JobFailure.LedgerContradicted => (503, "ledger_contradicted"),
            JobFailure.Deadline => (504, "deadline"),
            JobFailure.WorkerFailed => (502, "worker_failed"),
            JobFailure.WorkerLost => (502, "worker_lost"),
            JobFailure.Interrupted => (502, "interrupted"),
            JobFailure.UsageBounds => (502, "usage_bounds"),
            JobFailure.TooLarge => (413, "request_too_large"),
            JobFailure.JobNumber => (409, "job_number"),
            JobFailure.Session => (409, "session_refused"),
            JobFailure.Cancelled => (ClientClosedRequest, "cancelled"),
            _ => (500, "internal_error"),
        };
        return new GatewayError(status, TypeOf(status), code, error.Message, error.RetryAfter ?? (status is 429 or 503 ? DefaultRetry : null), error);
    }

    /// <summary>The error as one JSON object.</summary>
    public byte[] ToJson() => GatewayJson.Write(json =>
    {
        json.WriteStartObject("error");
        json.WriteString("message", Message);
        json.WriteString("type", Type);
        json.WriteString("param", Field());
        json.WriteString("code", Code);
        if (Job is { WouldRunAt.Count: > 0 })
            WritePrices(json, "would_run_at", Job.WouldRunAt);
        if (Job is { Delivered.Count: > 0 })
            GatewayJson.WriteUsage(json, "delivered", Job.Delivered);
        if (Job is { JobId: not null })
        {
            json.WriteString("job", Job.JobId);
            json.WriteNumber("cost_nano_ton", Job.Cost.Value);
            if (Job.Receipt is not null)
                json.WriteString("receipt", Job.Receipt.ToString());
        }

        json.WriteEndObject();
    });

    /// <summary>The field of the request that is wrong: the gateway's and the engines' messages about one begin with its name in quotes.</summary>
    private string? Field()
    {
        int end = Message.StartsWith('\'') && Code == "bad_request" ? Message.IndexOf('\'', 1) : -1;
        return end > 1 ? Message[1..end] : null;
    }

    /// <summary>Prices by class, in nanoTON per million units.</summary>
    public static void WritePrices(Utf8JsonWriter json, string name, IReadOnlyList<Rate> prices)
    {
        json.WriteStartObject(name);
        foreach (Rate rate in prices)
            json.WriteNumber(GatewayJson.ClassName(rate.Class), rate.NanoTonPerMillion);
        json.WriteEndObject();
    }

    private static string TypeOf(int status) => status switch
    {
        402 => "insufficient_quota",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}
