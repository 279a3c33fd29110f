using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Ledger;

/// <summary>What a ledger stream is configured with; the same on every node of a cluster.</summary>
/// <param name="Scope">Network and operator, as ceilings name them.</param>
public sealed record LedgerOptions(Scope Scope)
{
    /// <summary>Whether an account without a ceiling may run jobs, on its balance alone. Default false.</summary>
    public bool CeilingOptional { get; init; }

    /// <summary>How long after its opening a session takes new jobs. Default 7 days.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How far ahead of ours a client's clock may open a session. Default 10 minutes.</summary>
    public TimeSpan ClockSlack { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often unacknowledged transfers are sent again and expired things swept. Default 1 second.</summary>
    public TimeSpan TickPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after a job's deadline its reservation is dropped, should nobody have settled or released it. Default 1 minute.</summary>
    public TimeSpan ReservationGrace { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Least output tokens for which a job is lowered rather than refused. Default 256.</summary>
    public long OutputMin { get; init; } = 256;

    /// <summary>Most live sessions of one account. Default 1,024.</summary>
    public int SessionsMax { get; init; } = 1024;

    /// <summary>Most purses of one account. Default 10,000.</summary>
    public int PursesMax { get; init; } = 10_000;
}
