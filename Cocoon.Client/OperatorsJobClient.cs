using Cocoon.Client.Network;
using Cocoon.Protocol.Money;

namespace Cocoon.Client;

/// <summary>
/// Several operators as one: each job goes to the one that can run it cheapest now, and to the next when it is refused there before it cost
/// anything. Each operator has its own ledger, balance and ceiling; a job stays with the operator that took it.
/// </summary>
public sealed class OperatorsJobClient : IJobClient
{
    private readonly IReadOnlyList<OperatorOffers> operators;
    private readonly Lock gate = new();
    private readonly Dictionary<string, OperatorOffers> sessions = new(StringComparer.Ordinal);

    /// <summary>Uses these operators, in this order where nothing else decides. It owns them from now on.</summary>
    public OperatorsJobClient(IReadOnlyList<(string Name, IJobClient Client)> operators, TimeProvider time)
    {
        if (operators.Count == 0)
            throw new ArgumentException("at least one operator is needed", nameof(operators));
        this.operators = [.. operators.Select(one => new OperatorOffers(one.Name, one.Client, time))];
        foreach (NetworkJobClient client in operators.Select(one => one.Client).OfType<NetworkJobClient>())
            client.WaitsOutDrains = operators.Count == 1;
    }

    /// <inheritdoc/>
    public async ValueTask<IJob> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default)
    {
        await Task.WhenAll(operators.Select(one => one.RefreshAsync(cancellationToken)));
        JobException? first = null;
        foreach (OperatorOffers one in operators.OrderBy(one => one.Rank(request)).ThenBy(one => one.PriceOf(request)))
        {
            try
            {
                IJob job = await one.Client.SubmitAsync(request, cancellationToken);
                lock (gate)
                    sessions[SessionOf(job.Id)] = one;
                return job;
            }
            catch (JobException refused) when (MayGoElsewhere(refused))
            {
                // Whom nobody can reach says less than who answered why not.
                if (first is null || first.Failure == JobFailure.Unreachable)
                    first = new JobException(refused.Failure, $"{one.Name}: {refused.Message}", refused) { RetryAfter = refused.RetryAfter, WouldRunAt = refused.WouldRunAt };
                one.Forget();
            }
        }

        throw first!;
    }

    /// <inheritdoc/>
    public async ValueTask<JobOutcome> LookUpAsync(string jobId, CancellationToken cancellationToken = default)
    {
        OperatorOffers? known;
        lock (gate)
            known = sessions.GetValueOrDefault(SessionOf(jobId));
        if (known is not null)
            return await known.Client.LookUpAsync(jobId, cancellationToken);
        JobException? unanswered = null;
        foreach (OperatorOffers one in operators)
        {
            try
            {
                // A job of an earlier run: whoever knows it ran it.
                JobOutcome outcome = await one.Client.LookUpAsync(jobId, cancellationToken);
                if (outcome.State != JobState.Unknown)
                    return outcome;
            }
            catch (JobException failure)
            {
                unanswered = failure;
            }
        }

        // Nobody may say that it cost nothing while somebody who could know better was not asked.
        return unanswered is null ? new JobOutcome(JobState.Unknown, null) : throw unanswered;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ModelInfo>> GetModelsAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ModelInfo>[] offers = await AllAsync(client => client.GetModelsAsync(cancellationToken), cancellationToken);
        return [.. offers.SelectMany(models => models).GroupBy(model => model.Name, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(Merge)];
    }

    /// <inheritdoc/>
    public async ValueTask<NetworkInfo> GetNetworkAsync(CancellationToken cancellationToken = default)
    {
        NetworkInfo[] parts = await AllAsync(client => client.GetNetworkAsync(cancellationToken), cancellationToken);
        return new NetworkInfo(
            parts[0].NetworkId,
            new NanoTon(parts.Sum(part => part.ValueLocked.Value)),
            parts.Sum(part => part.Proxies),
            parts.Sum(part => part.Workers),
            parts.Sum(part => part.Clients),
            parts.Sum(part => part.JobsRunning),
            parts.Sum(part => part.JobsWaiting),
            parts.Sum(part => part.JobsSettled),
            [.. parts.SelectMany(part => part.Tiers).GroupBy(tier => tier.Tier).OrderBy(group => group.Key).Select(group =>
                new TierInfo(group.Key, group.Sum(tier => tier.Workers), group.Sum(tier => tier.Slots), group.Sum(tier => tier.Running)))]);
    }

    /// <summary>The account's money with all operators that answer, added up.</summary>
    public async ValueTask<BalanceInfo> GetBalanceAsync(CancellationToken cancellationToken = default)
    {
        BalanceInfo[] parts = await AllAsync(client => client.GetBalanceAsync(cancellationToken), cancellationToken);
        return new BalanceInfo(
            string.Join(',', parts.Select(part => part.Account).Distinct(StringComparer.Ordinal)),
            new NanoTon(parts.Sum(part => part.Available.Value)),
            new NanoTon(parts.Sum(part => part.Reserved.Value)),
            new NanoTon(parts.Sum(part => part.Spent.Value)),
            new NanoTon(parts.Sum(part => part.Ceiling.Value)));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (OperatorOffers one in operators)
            await one.Client.DisposeAsync();
    }

    /// <summary>Brings what is known of all operators up to date, which otherwise happens every two seconds while there are jobs.</summary>
    internal Task AskAllAsync() => Task.WhenAll(operators.Select(one => one.AskNowAsync()));

    /// <summary>Refused before it cost anything, for a reason that is this operator's own.</summary>
    private static bool MayGoElsewhere(JobException refused)
        => refused.Cost == NanoTon.Zero && refused.Failure is not (JobFailure.BadRequest or JobFailure.Cancelled or JobFailure.TooLarge
            or JobFailure.RateLimit or JobFailure.PurseBudget or JobFailure.Interrupted);

    private static string SessionOf(string jobId) => jobId[..Math.Max(0, jobId.LastIndexOf('/'))];

    private static ModelInfo Merge(IGrouping<string, ModelInfo> offers)
    {
        ModelInfo cheapest = offers.MinBy(OperatorOffers.PriceOf)!;
        return new ModelInfo(
            offers.Key,
            [.. offers.SelectMany(offer => offer.Tiers).Distinct().Order()],
            cheapest.Prices,
            offers.Max(offer => offer.ContextTokens),
            offers.Sum(offer => offer.Workers),
            offers.Sum(offer => offer.Slots),
            offers.Sum(offer => offer.Running),
            offers.Sum(offer => offer.Waiting));
    }

    /// <summary>The answers of those that can be reached; throws when nobody can.</summary>
    private async Task<TAnswer[]> AllAsync<TAnswer>(Func<IJobClient, ValueTask<TAnswer>> ask, CancellationToken cancellationToken)
    {
        await Task.WhenAll(operators.Select(one => one.RefreshAsync(cancellationToken)));
        OperatorOffers[] reached = [.. operators.Where(one => one.IsReached)];
        Task<TAnswer>[] asked = [.. (reached.Length > 0 ? reached : operators).Select(one => ask(one.Client).AsTask())];
        List<TAnswer> answers = [];
        JobException? failure = null;
        foreach (Task<TAnswer> one in asked)
        {
            try
            {
                answers.Add(await one);
            }
            catch (JobException unreachable)
            {
                failure = unreachable;
            }
        }

        return answers.Count > 0 ? [.. answers] : throw failure!;
    }
}
