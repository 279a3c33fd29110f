using System.Globalization;
using Cocoon.Client;
using Cocoon.Host.Configuration.Hocon;
using Cocoon.Protocol.Money;
using Microsoft.AspNetCore.Http;

namespace Cocoon.Host.Gateway;

/// <summary>The headers that the gateway reads and writes beyond OpenAI's.</summary>
internal static class GatewayHeaders
{
    /// <summary>Request: <c>open</c> or <c>attested</c>. Answer: the worker's tier.</summary>
    public const string Tier = "x-cocoon-tier";

    /// <summary>Request: highest prices, in nanoTON per million units: <c>prompt=20000000,completion=160000000</c>.</summary>
    public const string PriceCap = "x-cocoon-price-cap";

    /// <summary>Request: longest time until the last chunk, such as <c>30s</c>.</summary>
    public const string TimeLimit = "x-cocoon-time-limit";

    /// <summary>Request: <c>cheap</c> or <c>fast</c> (the default).</summary>
    public const string Prefer = "x-cocoon-prefer";

    /// <summary>Answer: the job's id.</summary>
    public const string Job = "x-cocoon-job-id";

    /// <summary>Answer: the job's id too, where OpenAI's clients look for what to name in a complaint.</summary>
    public const string Request = "x-request-id";

    /// <summary>Answer: the worker, 64 hexadecimal digits.</summary>
    public const string Worker = "x-cocoon-worker";

    /// <summary>Answer: most output tokens of each choice.</summary>
    public const string MaxOutput = "x-cocoon-max-output-tokens";

    /// <summary>Answer: the cost in nanoTON. Streams tell it in their last event or comment, for it is not known at their head.</summary>
    public const string Cost = "x-cocoon-cost-nano-ton";

    /// <summary>Answer, not in streams: the receipt in base64, left out when longer than <see cref="LongestReceipt"/>.</summary>
    public const string Receipt = "x-cocoon-receipt";

    /// <summary>Answer: the request was answered before under the same Idempotency-Key.</summary>
    public const string Replayed = "x-cocoon-replayed";

    /// <summary>Characters; common proxies take headers of 8 KiB in all. The body has the receipt in any case.</summary>
    public const int LongestReceipt = 6000;

    /// <summary>Names that browsers must be allowed to see.</summary>
    public static readonly string[] Exposed = [Tier, Job, Request, Worker, MaxOutput, Cost, Receipt, Replayed, "retry-after", "retry-after-ms"];

    /// <summary>The purse key, or null. Throws <see cref="GatewayException"/> when there must be one.</summary>
    public static string? ReadPurse(IHeaderDictionary headers, bool required)
    {
        const string scheme = "Bearer ";
        string? authorization = headers.Authorization;
        string? key = authorization?.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) == true ? authorization[scheme.Length..].Trim() : null;
        if (required)
        {
            return key is { Length: > 0 } ? key : throw new GatewayException(
                401, "invalid_api_key", "send a key as 'Authorization: Bearer KEY': make one with `cocoon key new`");
        }

        // Client libraries insist on some key; only one of ours means a purse here.
        return key?.StartsWith(PursePrefix, StringComparison.Ordinal) == true ? key : null;
    }

    /// <summary>Every purse key begins so.</summary>
    public const string PursePrefix = "cocoon-";

    public static JobTier ReadTier(IHeaderDictionary headers) => headers[Tier].ToString() switch
    {
        "" or "open" => JobTier.Open,
        "attested" => JobTier.Attested,
        string other => throw Wrong(Tier, other, "open or attested"),
    };

    public static bool ReadPreferCheap(IHeaderDictionary headers) => headers[Prefer].ToString() switch
    {
        "" or "fast" => false,
        "cheap" => true,
        string other => throw Wrong(Prefer, other, "fast or cheap"),
    };

    public static TimeSpan? ReadTimeLimit(IHeaderDictionary headers)
    {
        string text = headers[TimeLimit].ToString();
        if (text.Length == 0)
            return null;
        return HoconUnits.TryParseDuration(text, out TimeSpan limit) && limit > TimeSpan.Zero ? limit : throw Wrong(TimeLimit, text, "a duration such as 30s");
    }

    public static IReadOnlyList<Rate> ReadPriceCap(IHeaderDictionary headers)
    {
        string text = headers[PriceCap].ToString();
        List<Rate> cap = [];
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] pair = part.Split('=', 2);
            if (pair.Length != 2 || GatewayJson.ClassOf(pair[0]) is not { } kind
                || !long.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out long price) || price > JobTerms.RateMax)
                throw Wrong(PriceCap, text, "like prompt=20000000,completion=160000000, in nanoTON per million tokens");
            cap.Add(new Rate(kind, price));
        }

        return cap;
    }

    public static void WriteTerms(IHeaderDictionary headers, IJob job)
    {
        headers[Job] = headers[Request] = job.Id;
        headers[Worker] = job.Terms.Worker;
        headers[Tier] = TierName(job.Terms.Tier);
        headers[MaxOutput] = job.Terms.MaxOutputTokens.ToString(CultureInfo.InvariantCulture);
    }

    public static string TierName(JobTier tier) => tier == JobTier.Attested ? "attested" : "open";

    /// <summary>The headers of a settled job.</summary>
    public static IEnumerable<(string Name, string Value)> OfResult(JobResult result)
    {
        yield return (Cost, result.Cost.Value.ToString(CultureInfo.InvariantCulture));
        if (result.Receipt?.ToString() is { Length: <= LongestReceipt } receipt)
            yield return (Receipt, receipt);
    }

    private static GatewayException Wrong(string header, string value, string expected) =>
        new(400, "bad_header", $"the header {header} is '{value}', but must be {expected}");
}
