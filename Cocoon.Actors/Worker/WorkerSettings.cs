using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Worker;

/// <summary>How a worker offers itself.</summary>
public sealed record WorkerSettings
{
    /// <summary>The proxy nodes to join, one link each.</summary>
    public required IReadOnlyList<DialTarget> Proxies { get; init; }

    /// <summary>Who earns: the owner's key, to which reputation and payouts belong.</summary>
    public required PublicKey Owner { get; init; }

    /// <summary>Price relative to the reference in thousandths, 1 to 1,000,000; 0 follows the market. Default 1000.</summary>
    public int CoefficientThousandths { get; init; } = 1000;

    /// <summary>Most jobs at once over all proxies; 0: what the engine says. Default 0.</summary>
    public int SlotsMax { get; init; }

    /// <summary>The trust tier that this worker can prove. Default open.</summary>
    public Tier Tier { get; init; } = Tier.Open;

    /// <summary>The owner's signed payout address for each operator that shall have one; without one earnings wait there.</summary>
    public IReadOnlyDictionary<Scope, SignedStatement> Payouts { get; init; } = new Dictionary<Scope, SignedStatement>();

    /// <summary>How often proxies are asked where the worker's pay stands. Default 1 minute.</summary>
    public TimeSpan PayPeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Keeps the receipts of what was earned, or null: nobody wants them.</summary>
    public IEarnings? Earnings { get; init; }

    /// <summary>Checks receipts; needed with <see cref="Earnings"/>.</summary>
    public ISignatureVerifier? Verifier { get; init; }

    /// <summary>Work of earlier runs whose receipt had not come, oldest first.</summary>
    public IReadOnlyList<AwaitedWork> Awaited { get; init; } = [];

    /// <summary>How often proxies are asked for receipts that do not come. Default 5 s.</summary>
    public TimeSpan ClaimPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after its end work may still be settled that its proxy does not know of. Default 2 minutes.</summary>
    public TimeSpan UnpaidAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Ledger heads known from earlier runs, by the receipts kept then.</summary>
    public IReadOnlyList<Head> Heads { get; init; } = [];

    /// <summary>Opens bodies that are sealed to this worker. Default null: jobs with a sealed body are refused.</summary>
    public IBodySeals? Seals { get; init; }

    /// <summary>Most bytes of a request body. Default 32 MiB.</summary>
    public int BodyBytesMax { get; init; } = 32 << 20;

    /// <summary>How often the engine is asked what it serves. Default 5 s.</summary>
    public TimeSpan EngineCheckPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Waits before a lost proxy is dialed again.</summary>
    public BackoffOptions Redial { get; init; } = new();
}
