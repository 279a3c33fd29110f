using Cocoon.Protocol.Money;

namespace Cocoon.Host.Configuration;

/// <summary>Bounds of a job's life on a proxy: section <c>jobs</c>.</summary>
/// <param name="MinMaxOutput">A scarce balance lowers the output bound, not under this many tokens.</param>
/// <param name="MaxRequestBytes">Largest request body.</param>
/// <param name="MaxAnswerBytes">Largest answer relayed.</param>
/// <param name="DefaultTime">Time a job may take when its client names none.</param>
/// <param name="MaxTime">The most a client may name.</param>
/// <param name="MaxPerAccount">Jobs of one account, running and waiting.</param>
/// <param name="Queue">The queue of each model.</param>
/// <param name="Retry">Further attempts.</param>
/// <param name="Hedge">Second attempts for a late first token.</param>
/// <param name="Instalment">When a running job is settled in part.</param>
/// <param name="Breaker">When a failing worker is left alone.</param>
internal sealed record JobOptions(
    int MinMaxOutput,
    long MaxRequestBytes,
    long MaxAnswerBytes,
    TimeSpan DefaultTime,
    TimeSpan MaxTime,
    int MaxPerAccount,
    QueueOptions Queue,
    RetryOptions Retry,
    HedgeOptions Hedge,
    InstalmentOptions Instalment,
    BreakerOptions Breaker)
{
    /// <summary>What clients' and workers' links take in one direction of a job.</summary>
    private const long LinkBytesMax = 32L << 20;

    internal static JobOptions Read(SettingsReader jobs)
    {
        TimeSpan second = TimeSpan.FromSeconds(1);
        TimeSpan day = TimeSpan.FromDays(1);
        SettingsReader queue = jobs.Section("queue");
        SettingsReader retry = jobs.Section("retry");
        SettingsReader hedge = jobs.Section("hedge");
        SettingsReader instalment = jobs.Section("instalment");
        SettingsReader breaker = jobs.Section("breaker");
        JobOptions options = new(
            (int)jobs.Integer("min-max-output", 1, 1_000_000),
            jobs.Size("max-request", 1024, LinkBytesMax),
            jobs.Size("max-answer", 1024, LinkBytesMax),
            jobs.Duration("default-time", second, day),
            jobs.Duration("max-time", second, day),
            (int)jobs.Integer("max-per-account", 1, 1_000_000),
            new QueueOptions(
                (int)queue.Integer("max-jobs", 0, 1_000_000),
                queue.Duration("max-wait", TimeSpan.Zero, day),
                queue.Duration("await-worker", TimeSpan.Zero, day)),
            new RetryOptions(
                (int)retry.Integer("attempts", 0, 5), retry.BasisPoints("budget"), (int)retry.Integer("budget-minimum", 0, 10_000)),
            new HedgeOptions(hedge.Flag("enabled"), hedge.Duration("after", TimeSpan.Zero, day), hedge.BasisPoints("budget")),
            new InstalmentOptions(instalment.Duration("after", second, day), instalment.Ton("amount")),
            new BreakerOptions(
                (int)breaker.Integer("failures", 1, 10_000),
                breaker.BasisPoints("failure-rate"),
                breaker.Duration("window", second, day),
                (int)breaker.Integer("minimum-jobs", 1, 1_000_000),
                breaker.Duration("open-time", second, day)));
        if (options.DefaultTime > options.MaxTime)
            jobs.Problem("default-time", "must not be longer than jobs.max-time");
        if (options.Instalment.Amount == NanoTon.Zero)
            instalment.Problem("amount", "must be more than 0 TON");
        return options;
    }
}

/// <summary>The queue of each model.</summary>
/// <param name="MaxJobs">Jobs that wait, 0 and up.</param>
/// <param name="MaxWait">Longest wait.</param>
/// <param name="AwaitWorker">How long a model without workers counts as served: its jobs wait for one to come back.</param>
internal sealed record QueueOptions(int MaxJobs, TimeSpan MaxWait, TimeSpan AwaitWorker);

/// <summary>Further attempts after one that failed before the first chunk.</summary>
/// <param name="Attempts">Per job, 0 to 5.</param>
/// <param name="BudgetBasisPoints">Retries per job admitted, over the node, in hundredths of a percent.</param>
/// <param name="BudgetMinimum">Retries that are always allowed.</param>
internal sealed record RetryOptions(int Attempts, int BudgetBasisPoints, int BudgetMinimum);

/// <summary>A second attempt when the first token is late.</summary>
/// <param name="Enabled">Whether there is one.</param>
/// <param name="After">Least time without a first token that counts as late.</param>
/// <param name="BudgetBasisPoints">Hedges per job admitted, in hundredths of a percent.</param>
internal sealed record HedgeOptions(bool Enabled, TimeSpan After, int BudgetBasisPoints);

/// <summary>When a running job is settled in part.</summary>
/// <param name="After">Running time since the last part.</param>
/// <param name="Amount">Cost since the last part.</param>
internal sealed record InstalmentOptions(TimeSpan After, NanoTon Amount);

/// <summary>When a failing worker is left alone.</summary>
/// <param name="Failures">Failures in a row.</param>
/// <param name="FailureRateBasisPoints">Share of failures in the window, in hundredths of a percent.</param>
/// <param name="Window">The window.</param>
/// <param name="MinimumJobs">Jobs in the window before the share counts.</param>
/// <param name="OpenTime">Time until a probe.</param>
internal sealed record BreakerOptions(int Failures, int FailureRateBasisPoints, TimeSpan Window, int MinimumJobs, TimeSpan OpenTime);
