using Cocoon.Actors.Routing;

namespace Cocoon.Actors.Proxy;

/// <summary>Constants of a node's fleet.</summary>
public sealed record FleetOptions
{
    /// <summary>Choosing.</summary>
    public RoutingOptions Routing { get; init; } = new();

    /// <summary>Breakers.</summary>
    public BreakerOptions Breaker { get; init; } = new();

    /// <summary>Queues.</summary>
    public QueueOptions Queue { get; init; } = new();

    /// <summary>Retries and hedges.</summary>
    public BudgetOptions Budgets { get; init; } = new();

    /// <summary>Shortest rest of a worker that answered Busy; doubles with every such answer in a row; default 100 ms.</summary>
    public TimeSpan BusyRestMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest such rest; default 5 s.</summary>
    public TimeSpan BusyRestMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>An attempt that nobody released is taken back this long after its job's deadline; default 30 s.</summary>
    public TimeSpan AttemptGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long jobs wait for a model whose last worker left, or that was served before the node's restart; zero refuses them at once;
    /// default 5 minutes.
    /// </summary>
    public TimeSpan AwaitWorker { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Disconnected workers whose records are kept; default 4,096.</summary>
    public int DepartedMax { get; init; } = 4096;

    /// <summary>How often learned figures are brought up to date; default 1 s.</summary>
    public TimeSpan RefreshPeriod { get; init; } = TimeSpan.FromSeconds(1);
}
