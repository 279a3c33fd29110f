using System.Buffers.Binary;
using Cocoon.Actors.Routing;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Proxy;

/// <summary>A job's clear header, checked: what the proxy knows of a job, and all it ever knows.</summary>
internal sealed record JobRequest
{
    private const int PrefixBlockTokens = 64;

    // A refusal may rest only on what is sure: a character that JSON escapes takes 6 bytes, or 12 in two halves, and may be one token. What
    // passes, the engine counts exactly.
    private const int BytesPerTokenMax = 12;
    private const int MediaMax = 8;

    // OpenAI's bound on the texts of one embedding request.
    private const int EmbeddingsMax = 2048;

    public required JobId Id { get; init; }

    public required JobHeader Header { get; init; }

    public required string Model { get; init; }

    public required Tier Tier { get; init; }

    public required int OutputMax { get; init; }

    public required int Choices { get; init; }

    public required long PromptBound { get; init; }

    public required IReadOnlyList<UsageAmount> Media { get; init; }

    public required int CoefficientCap { get; init; }

    public required TimeSpan TimeLeft { get; init; }

    public required ulong Purse { get; init; }

    /// <summary>Most prompts that the body may hold, each of which needs a context of its own.</summary>
    private int PromptsMax => Header.Kind switch
    {
        JobKind.Completions => Choices,
        JobKind.Embeddings => EmbeddingsMax,
        _ => 1,
    };

    /// <summary>What routing has to know, for a job lowered to <paramref name="outputMax"/> output tokens.</summary>
    public JobNeeds Needs(int outputMax, IReadOnlyList<long> avoid) => new()
    {
        Account = Id.Account,
        Model = Model,
        Tier = Tier,
        Kind = (int)Header.Kind,
        CoefficientCap = CoefficientCap,
        // English text has about four bytes a token; the bound itself is what is reserved, this is only what is expected.
        PromptTokens = (int)Math.Min(PromptBound / 4, int.MaxValue),
        OutputTokens = (int)Math.Min((long)outputMax * Choices, int.MaxValue) / 4,
        // An output bound that nobody asked for is cut by the engine and keeps no worker away.
        ContextTokens = (int)Math.Min((long)(Header.PromptBytesMax / BytesPerTokenMax) / PromptsMax + Header.MaxOutputTokens, int.MaxValue),
        PreferCheap = Header.PreferCheap,
        Avoid = avoid,
        Prefixes = [.. Header.Affinity.Select((tag, index) =>
            new PrefixTag(BinaryPrimitives.ReadUInt64BigEndian(tag.Span), (index + 1) * PrefixBlockTokens))],
    };

    /// <summary>Checks a header that <paramref name="account"/> sent; on false <paramref name="error"/> says what is wrong with it.</summary>
    public static bool TryRead(JobHeader? header, AccountId account, ProxySettings settings, out JobRequest request, out JobError error)
    {
        request = null!;
        string? problem = Problem(header, account, settings);
        error = new JobError { Code = JobErrorCode.BadRequest, Reason = problem ?? "" };
        if (problem is not null)
            return false;
        if ((long)Math.Min(header!.BodyBytes, long.MaxValue) > settings.RequestBytesMax)
        {
            error = TooLong(settings);
            return false;
        }

        JobTerms? reference = settings.Prices.Terms(header.Model);
        if (reference is null)
        {
            error = new JobError { Code = JobErrorCode.UnknownModel, Reason = $"model '{header.Model}' has no price at this operator" };
            return false;
        }

        request = new JobRequest
        {
            Id = new JobId(account, new SessionId(header.Job.Session), (long)header.Job.Number),
            Header = header,
            Model = header.Model,
            Tier = header.Tier == Tier.Attested ? Tier.Attested : Tier.Open,
            OutputMax = OutputOf(header, settings),
            Choices = Math.Max(1, (int)header.Choices),
            PromptBound = (long)header.PromptBytesMax + settings.TemplateTokens,
            Media = [.. header.MediaMax.Select(media => new UsageAmount((UsageClass)media.UsageClass, (long)media.Amount))],
            CoefficientCap = CapOf(header, reference, settings),
            TimeLeft = TimeOf(header, settings),
            Purse = header.Purse.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64BigEndian(header.Purse.Span),
        };
        return true;
    }

    /// <summary>What a client hears whose body is longer than this operator takes.</summary>
    public static JobError TooLong(ProxySettings settings) => new()
    {
        Code = JobErrorCode.TooLarge,
        Reason = $"the request is longer than the {settings.RequestBytesMax} bytes that this operator takes",
    };

    private static int OutputOf(JobHeader header, ProxySettings settings)
    {
        // Vectors are no tokens: nothing is held back for them.
        if (header.Kind == JobKind.Embeddings)
            return 1;
        return header.MaxOutputTokens == 0 ? settings.DefaultOutputOf(header.Model) : (int)header.MaxOutputTokens;
    }

    private static TimeSpan TimeOf(JobHeader header, ProxySettings settings)
    {
        TimeSpan wanted = header.TimeLeftMs == 0
            ? settings.DefaultTimeLeft
            : TimeSpan.FromMilliseconds(Math.Min(header.TimeLeftMs, (ulong)settings.TimeLeftMax.TotalMilliseconds));
        return wanted < settings.TimeLeftMax ? wanted : settings.TimeLeftMax;
    }

    private static string? Problem(JobHeader? header, AccountId account, ProxySettings settings)
    {
        if (header?.Job is null)
            return "the job has no header or no id";
        if (!header.Job.Account.Span.SequenceEqual(account.Value.AsSpan()))
            return "the job names another account than the one this connection proved";
        if (header.Job.Number is 0 or > long.MaxValue)
            return "job numbers start at 1";
        if (header.Model.Length is 0 or > 256)
            return "the model's name has 1 to 256 characters";
        if (header.MaxOutputTokens > settings.OutputTokensMax)
            return $"max output tokens {header.MaxOutputTokens} is above {settings.OutputTokensMax}";
        if (header.Choices > settings.ChoicesMax)
            return $"{header.Choices} answers to one request ('n' times its prompts) are more than {settings.ChoicesMax}";
        if (header.PromptBytesMax > JobTerms.AmountMax)
            return "the prompt's bound is out of range";
        if (header.MediaMax.Count > MediaMax || header.MediaMax.Any(media => media.UsageClass > 64 || media.Amount > JobTerms.AmountMax))
            return "its media bounds are out of range";
        if (header.Affinity.Count > JobNeeds.PrefixesMax || header.Affinity.Any(tag => tag.Length is < 8 or > 32))
            return "affinity tags are at most 32, of 8 to 32 bytes";
        return header.Purse.Length is not (0 or 8) ? "a purse's id has 8 bytes" : null;
    }

    private static int CapOf(JobHeader header, JobTerms reference, ProxySettings settings)
    {
        if (header.PriceCap.Count == 0)
            return settings.DefaultCoefficientCap;
        Rate[] caps = [.. header.PriceCap.Select(price => new Rate((UsageClass)price.UsageClass, price.NanoTonPerMillion))];
        return Math.Clamp(PriceCap.Coefficient(reference.Rates, caps), 0, JobTerms.CoefficientMax);
    }
}
