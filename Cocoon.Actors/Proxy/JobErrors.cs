using Cocoon.Actors.Ledger;
using Cocoon.Actors.Routing;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>What ledger, fleet and workers say, in the words of the wire.</summary>
internal static class JobErrors
{
    public static JobErrorCode Of(LedgerRefusal refusal) => refusal switch
    {
        LedgerRefusal.UnknownAccount or LedgerRefusal.InsufficientBalance => JobErrorCode.Balance,
        LedgerRefusal.CeilingReached => JobErrorCode.Ceiling,
        LedgerRefusal.PurseBudget => JobErrorCode.PurseBudget,
        LedgerRefusal.RateLimited => JobErrorCode.RateLimit,
        LedgerRefusal.PurseUnusable => JobErrorCode.Purse,
        LedgerRefusal.PurseModel => JobErrorCode.PurseModel,
        LedgerRefusal.SessionRefused => JobErrorCode.Session,
        LedgerRefusal.JobRunning or LedgerRefusal.JobSettled => JobErrorCode.JobNumber,
        LedgerRefusal.Malformed => JobErrorCode.BadRequest,
        _ => JobErrorCode.Internal,
    };

    private static readonly TimeSpan AboutNow = TimeSpan.FromMilliseconds(100);

    public static JobError Of(Refused refused, JobRequest request, ProxySettings settings, TimeSpan timeLeft)
    {
        // The queue's own bound was reached, and not the job's: coming back makes sense.
        if (refused.Reason == RefusalReason.Expired && timeLeft > AboutNow)
        {
            return new JobError
            {
                Code = JobErrorCode.NoWorker,
                Reason = $"no worker for '{request.Model}' became free in the time that jobs may wait here",
                RetryAfterMs = (ulong)(refused.RetryAfter?.TotalMilliseconds ?? 0),
            };
        }

        JobError error = new()
        {
            Code = CodeOf(refused.Reason),
            Reason = TextOf(refused.Reason, request.Model),
            RetryAfterMs = (ulong)(refused.RetryAfter?.TotalMilliseconds ?? 0),
        };
        if (refused.WouldRunAt > 0 && settings.Prices.Terms(request.Model, refused.WouldRunAt) is { } terms)
        {
            error.WouldRunAt.AddRange(terms.Rates.Select(rate => new Price
            {
                UsageClass = (uint)rate.Class,
                NanoTonPerMillion = (long)((Int128)rate.NanoTonPerMillion * terms.CoefficientThousandths / 1000),
            }));
        }

        return error;
    }

    public static FailureKind KindOf(JobErrorCode code) => code switch
    {
        JobErrorCode.BadRequest or JobErrorCode.TooLarge => FailureKind.BadRequest,
        JobErrorCode.ContextExceeded => FailureKind.ContextExceeded,
        JobErrorCode.UnknownModel => FailureKind.UnknownModel,
        JobErrorCode.Deadline => FailureKind.Timeout,
        _ => FailureKind.Engine,
    };

    private static JobErrorCode CodeOf(RefusalReason reason) => reason switch
    {
        RefusalReason.UnknownModel => JobErrorCode.UnknownModel,
        RefusalReason.Tier => JobErrorCode.Tier,
        RefusalReason.ContextExceeded => JobErrorCode.ContextExceeded,
        RefusalReason.PriceCap => JobErrorCode.PriceCap,
        RefusalReason.QueueFull or RefusalReason.AccountQueueFull => JobErrorCode.QueueFull,
        RefusalReason.WouldMissDeadline or RefusalReason.Expired => JobErrorCode.Deadline,
        RefusalReason.Draining => JobErrorCode.Draining,
        RefusalReason.Cancelled => JobErrorCode.Cancelled,
        RefusalReason.BadRequest => JobErrorCode.Internal,
        _ => JobErrorCode.NoWorker,
    };

    private static string TextOf(RefusalReason reason, string model) => reason switch
    {
        RefusalReason.UnknownModel => $"no connected worker serves '{model}'",
        RefusalReason.Tier => $"no worker serves '{model}' in the tier asked for",
        RefusalReason.ContextExceeded => $"the job fits no context of '{model}'",
        RefusalReason.PriceCap => $"every worker for '{model}' is dearer than the cap",
        RefusalReason.QueueFull => $"the queue for '{model}' is full",
        RefusalReason.AccountQueueFull => "this account has as many jobs waiting as it may",
        RefusalReason.WouldMissDeadline => "it would not start before its deadline",
        RefusalReason.Expired => "no worker became free before the deadline",
        RefusalReason.Kind => $"no worker of '{model}' serves this kind of job",
        RefusalReason.Draining => "this node is draining",
        _ => $"no worker can take a job for '{model}' now",
    };
}
