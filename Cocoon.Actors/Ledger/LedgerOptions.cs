using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

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

    /// <summary>When a shard sends earnings and commission to the treasury by itself; null: only when it is told to. Default null.</summary>
    public SweepOptions? Sweep { get; init; }

    /// <summary>Least that an account can withdraw: less would go into fees. Default 0.05 TON.</summary>
    public NanoTon WithdrawalMin { get; init; } = new(50_000_000);

    /// <summary>Whether addresses that are for test networks only may be registered: false on the main network. Default false.</summary>
    public bool TestAddressesAllowed { get; init; }

    /// <summary>
    /// How many events back in the journal an old settlement is looked for when somebody asks for it; beyond, the answer is that it is not
    /// known any more. Default 1,000,000: an hour of a shard at 280 settlements a second.
    /// </summary>
    public long SearchEventsMax { get; init; } = 1_000_000;

    /// <summary>Most live sessions of one account. Default 1,024.</summary>
    public int SessionsMax { get; init; } = 1024;

    /// <summary>Most purses of one account. Default 10,000.</summary>
    public int PursesMax { get; init; } = 10_000;
}

/// <summary>When a shard sends what workers and the operator earned to the treasury.</summary>
public sealed record SweepOptions
{
    /// <summary>How often a shard looks. Default 1 minute.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A worker's earnings in this shard leave once they reach this. Default 0.1 TON.</summary>
    public NanoTon Threshold { get; init; } = new(100_000_000);

    /// <summary>A worker's earnings leave once they are so old. Default 1 hour.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Commission of this shard, less what hedges cost, leaves once it reaches this. Default 0.1 TON.</summary>
    public NanoTon CommissionThreshold { get; init; } = new(100_000_000);
}
