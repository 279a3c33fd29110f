namespace Cocoon.Actors.Runtime;

/// <summary>
/// What happens when an actor throws: a new instance after a back-off that doubles, inside a budget; then it stops and its parent is told.
/// The mailbox survives a restart; the message that failed does not, nor do children and timers.
/// </summary>
/// <param name="MaxRestarts">Restarts allowed within <paramref name="Window"/>; 0 stops at the first failure.</param>
/// <param name="Window">The time in which restarts are counted.</param>
/// <param name="BackOffMin">Wait before the first restart.</param>
/// <param name="BackOffMax">Longest wait.</param>
public sealed record RestartPolicy(int MaxRestarts, TimeSpan Window, TimeSpan BackOffMin, TimeSpan BackOffMax)
{
    /// <summary>Up to 10 restarts a minute, 10 ms to 2 s apart.</summary>
    public static readonly RestartPolicy Default =
        new(10, TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(2));

    /// <summary>Stops at the first failure.</summary>
    public static readonly RestartPolicy Never = new(0, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Restarts for ever: for actors that wait for a store which comes back.</summary>
    public static readonly RestartPolicy Always =
        new(int.MaxValue, TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(2));

    /// <summary>The wait before restart number <paramref name="restart"/> (1 and up) of a window.</summary>
    public TimeSpan BackOff(int restart)
    {
        TimeSpan wait = BackOffMin;
        for (int i = 1; i < restart && wait < BackOffMax; i++)
            wait *= 2;
        return wait < BackOffMax ? wait : BackOffMax;
    }
}

/// <summary>How an actor is run.</summary>
/// <param name="MailboxCapacity">Most messages that wait, those of the turn in progress apart; the answer beyond it is <see cref="Delivery.Full"/>.</param>
/// <param name="Restart">What happens when it throws; default <see cref="RestartPolicy.Default"/>.</param>
public sealed record SpawnOptions(int MailboxCapacity = 1024, RestartPolicy? Restart = null)
{
    /// <summary>1,024 messages, <see cref="RestartPolicy.Default"/>.</summary>
    public static readonly SpawnOptions Default = new();
}

/// <summary>An actor has stopped for good. Told to those that watch it, and to its parent when it failed.</summary>
/// <param name="Actor">Who.</param>
/// <param name="Failure">What it threw last, or null when it was asked to stop.</param>
public readonly record struct Terminated(ActorRef Actor, Exception? Failure);
