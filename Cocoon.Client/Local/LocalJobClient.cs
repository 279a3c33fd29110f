using System.Globalization;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Client.Local;

/// <summary>A client whose network is one engine in this process: the same answers and errors, without proxies, workers or receipts.</summary>
internal sealed class LocalJobClient(IInferenceEngine engine, LocalJobClientOptions options) : IJobClient
{
    private const int ResultsKept = 1024;
    private readonly LocalLedger ledger = new(options);
    private readonly JobTerms price = new(options.Prices, coefficientThousandths: 1000, commissionBasisPoints: 0);
    private readonly Lock gate = new();
    private readonly Queue<string> order = new();
    private readonly Dictionary<string, JobResult> results = new(StringComparer.Ordinal);
    private long lastNumber;
    private long settledJobs;
    private int runningJobs;

    public IInferenceEngine Engine { get; } = engine;

    public async ValueTask<IJob> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default)
    {
        EngineModel model = await FindModelAsync(request.Model, cancellationToken);
        if (request.Tier == JobTier.Attested)
            throw new JobException(JobFailure.Tier, "no attested worker serves this model: ask for the open tier");
        foreach (Rate cap in request.PriceCap)
        {
            if (price.TryGetRate(cap.Class, out long rate) && rate > cap.NanoTonPerMillion)
                throw new JobException(JobFailure.PriceCap, $"no worker runs this model at or below the cap for {cap.Class}") { WouldRunAt = price.Rates };
        }

        int maxOutput = request.Endpoint == JobEndpoint.Embeddings
            ? 1
            : Math.Min(request.MaxOutputTokens ?? options.DefaultMaxOutputTokens, model.ContextTokens);
        // Each byte is a token at most.
        NanoTon reserved = price.Reservation(request.Body.Length + model.TemplateTokens, [], maxOutput, request.Choices);
        ledger.Reserve(request.Purse, reserved);
        Interlocked.Increment(ref runningJobs);
        string id = string.Create(CultureInfo.InvariantCulture, $"local/0/{Interlocked.Increment(ref lastNumber)}");
        EngineJob job = new((EngineEndpoint)request.Endpoint, request.Model, request.Body, maxOutput, request.Stream, request.Purse ?? "account");
        return new LocalJob(
            this, id, job, request.Purse, price, new JobTermsInfo(LocalJob.Worker, JobTier.Open, maxOutput, price.Rates, reserved));
    }

    public ValueTask<JobOutcome> LookUpAsync(string jobId, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            return ValueTask.FromResult(
                results.TryGetValue(jobId, out JobResult? result) ? new JobOutcome(JobState.Settled, result) : new JobOutcome(JobState.Unknown, null));
        }
    }

    public async ValueTask<IReadOnlyList<ModelInfo>> GetModelsAsync(CancellationToken cancellationToken = default)
    {
        EngineStatus status = await StatusAsync(cancellationToken);
        return
        [
            .. status.Models.OrderBy(model => model.Name, StringComparer.Ordinal).Select(model => new ModelInfo(
                model.Name, [JobTier.Open], price.Rates, model.ContextTokens, Workers: 1, model.MaxConcurrent, status.Running, status.Waiting)),
        ];
    }

    public async ValueTask<NetworkInfo> GetNetworkAsync(CancellationToken cancellationToken = default)
    {
        EngineStatus status = await StatusAsync(cancellationToken);
        BalanceInfo balance = ledger.Read();
        return new NetworkInfo(
            NetworkId.Of(options.Network).ToString(),
            balance.Available + balance.Reserved,
            Proxies: 0,
            Workers: 1,
            Clients: 1,
            Volatile.Read(ref runningJobs),
            JobsWaiting: 0,
            Volatile.Read(ref settledJobs),
            [new TierInfo(JobTier.Open, 1, status.Models[0].MaxConcurrent, status.Running)]);
    }

    public ValueTask<BalanceInfo> GetBalanceAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(ledger.Read());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Called by each job exactly once.</summary>
    internal void Settle(string? purse, NanoTon reserved, NanoTon cost)
    {
        ledger.Settle(purse, reserved, cost);
        Interlocked.Decrement(ref runningJobs);
        Interlocked.Increment(ref settledJobs);
    }

    internal void Remember(JobResult result)
    {
        lock (gate)
        {
            results[result.JobId] = result;
            order.Enqueue(result.JobId);
            if (order.Count > ResultsKept)
                results.Remove(order.Dequeue());
        }
    }

    private async ValueTask<EngineModel> FindModelAsync(string name, CancellationToken cancellationToken)
    {
        EngineStatus status = await StatusAsync(cancellationToken);
        return status.Models.FirstOrDefault(model => model.Name == name) ?? throw new JobException(
            JobFailure.UnknownModel, $"nobody serves the model '{name}'");
    }

    private async ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Engine.StatusAsync(cancellationToken);
        }
        catch (EngineException failure)
        {
            throw new JobException(JobFailure.NoWorker, failure.Message, failure) { RetryAfter = TimeSpan.FromSeconds(5) };
        }
    }
}
