using Cocoon.Protocol.Money;

namespace Cocoon.Client;

/// <summary>One operator of several, and what it offered when it was last asked.</summary>
internal sealed class OperatorOffers(string name, IJobClient client, TimeProvider time)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly Lock gate = new();
    private IReadOnlyList<ModelInfo>? models;
    private Task? asking;
    private long askedAt;

    public string Name => name;

    public IJobClient Client => client;

    /// <summary>Whether it answered when it was last asked.</summary>
    public bool IsReached
    {
        get
        {
            lock (gate)
                return models is not null;
        }
    }

    /// <summary>Asks again now and then; only the first time is waited for, and not for long.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        Task? first = null;
        lock (gate)
        {
            bool due = askedAt == 0 || time.GetElapsedTime(askedAt) > GoodFor;
            if (due && asking is null or { IsCompleted: true })
            {
                askedAt = time.GetTimestamp();
                asking = AskAsync();
            }

            if (models is null)
                first = asking;
        }

        if (first is not null)
            await Task.WhenAny(first, Task.Delay(Patience, time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Asks now and waits for the answer.</summary>
    public Task AskNowAsync()
    {
        lock (gate)
        {
            askedAt = time.GetTimestamp();
            return asking = AskAsync();
        }
    }

    /// <summary>What it offered may no longer be true: it refused.</summary>
    public void Forget()
    {
        lock (gate)
            askedAt = 0;
    }

    /// <summary>0: a slot is free; 1: workers are there; 2: it can be reached; 3: not even that.</summary>
    public int Rank(JobRequest request)
    {
        lock (gate)
        {
            if (models is null)
                return 3;
            return Find(request) is not { Workers: > 0 } model ? 2 : model.Running < model.Slots ? 0 : 1;
        }
    }

    public Int128 PriceOf(JobRequest request)
    {
        lock (gate)
            return Find(request) is { } model ? PriceOf(model) : Int128.MaxValue;
    }

    /// <summary>A figure to compare prices by: a prompt token and an answer token. Translations have about as many of one as of the other.</summary>
    public static Int128 PriceOf(ModelInfo model)
        => model.Prices.Where(rate => rate.Class is UsageClass.Prompt or UsageClass.Completion).Aggregate((Int128)0, (sum, rate) => sum + rate.NanoTonPerMillion);

    private ModelInfo? Find(JobRequest request) => models?.FirstOrDefault(model => model.Name == request.Model && model.Tiers.Any(tier => tier >= request.Tier));

    private async Task AskAsync()
    {
        IReadOnlyList<ModelInfo>? answer = null;
        try
        {
            answer = await client.GetModelsAsync();
        }
        catch (Exception failure) when (failure is JobException or TimeoutException)
        {
            // It cannot be reached, and counts as that until the next asking.
        }

        lock (gate)
            models = answer;
    }
}
