using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>Refusals as clients hear them.</summary>
public static class FleetRefusals
{
    /// <summary>The error code on the wire.</summary>
    public static JobErrorCode ToErrorCode(this RefusalReason reason) => reason switch
    {
        RefusalReason.UnknownModel => JobErrorCode.UnknownModel,
        RefusalReason.Tier => JobErrorCode.Tier,
        RefusalReason.ContextExceeded => JobErrorCode.ContextExceeded,
        RefusalReason.PriceCap => JobErrorCode.PriceCap,
        RefusalReason.Kind => JobErrorCode.BadRequest,
        RefusalReason.QueueFull or RefusalReason.AccountQueueFull => JobErrorCode.QueueFull,
        RefusalReason.WouldMissDeadline or RefusalReason.Expired => JobErrorCode.Deadline,
        RefusalReason.RetryBudget => JobErrorCode.WorkerFailed,
        RefusalReason.Cancelled => JobErrorCode.Cancelled,
        RefusalReason.Draining => JobErrorCode.Draining,
        RefusalReason.BadRequest => JobErrorCode.Internal,
        _ => JobErrorCode.NoWorker,
    };
}
