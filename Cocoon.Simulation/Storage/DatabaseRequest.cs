using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Simulation.Storage;

/// <summary>What a request does when it lands.</summary>
internal interface IStatement<out T>
{
    /// <summary>For the trail's hash.</summary>
    ulong Code { get; }

    /// <param name="tables">The tables.</param>
    /// <param name="isAwaited">Whether its sender has not given it up.</param>
    T Execute(MemoryJournal tables, bool isAwaited);
}

/// <summary>What a caller is told when no answer comes, where that is not an exception.</summary>
internal sealed record Answer<T>(T Value)
{
    public static implicit operator Answer<T>(T value) => new(value);
}

/// <summary>One request on its way to the database and back. It may land after its sender gave it up, was paused or died.</summary>
internal sealed class DatabaseRequest<T> : WorldEvent
{
    private readonly SimulatedDatabase database;
    private readonly SimulatedScheduler node;
    private readonly IStatement<T> statement;
    private readonly Answer<T>? whenLost;
    private readonly TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int life;
    private readonly RequestFate fate;
    private readonly TimeSpan givenUpAt;
    private bool landed;
    private T answer = default!;

    private DatabaseRequest(SimulatedDatabase database, SimulatedScheduler node, IStatement<T> statement, Answer<T>? whenLost)
    {
        this.database = database;
        this.node = node;
        this.statement = statement;
        this.whenLost = whenLost;
        life = database.Life;
        (fate, TimeSpan latency) = database.Draw();
        givenUpAt = node.Now + database.Faults.Timeout;
        database.Counts.Add(fate);
        if (fate is RequestFate.LostRequest or RequestFate.Hang || !database.Reaches(node.Node))
            GiveUpInTime();
        if (fate != RequestFate.LostRequest && database.Reaches(node.Node))
            database.Schedule(this, latency);
    }

    public override ulong TraceCode => statement.Code ^ ((ulong)node.Node << 56) ^ ((ulong)fate << 52) ^ (landed ? 1UL << 51 : 0);

    public static ValueTask<T> Send(SimulatedDatabase database, SimulatedScheduler node, IStatement<T> statement, Answer<T>? whenLost)
        => new(new DatabaseRequest<T>(database, node, statement, whenLost).result.Task);

    public override string ToString()
        => $"database: {statement} of node {node.Node} {(landed ? $"answered {answer}" : fate == RequestFate.Answered ? "lands" : $"lands ({fate})")}";

    protected internal override void Fire()
    {
        if (landed)
            Answer();
        else
            Land();
    }

    private void Land()
    {
        landed = true;
        if (database.IsPrivate && node.HasCrashed)
            return;
        if (database.Life != life || !database.IsUp)
        {
            GiveUpInTime();
            return;
        }

        if (fate == RequestFate.Refused)
        {
            GiveUp();
            return;
        }

        answer = statement.Execute(database.Tables, isAwaited: !result.Task.IsCompleted);
        if (fate == RequestFate.LostAnswer)
            GiveUpInTime();
        else if (fate != RequestFate.Hang)
            database.Schedule(this, database.DrawLatency());
    }

    private void Answer()
    {
        if (database.Life == life && database.Reaches(node.Node))
            result.TrySetResult(answer);
        else
            GiveUpInTime();
    }

    /// <summary>The node's own clock decides when it has waited long enough.</summary>
    private void GiveUpInTime() => node.Start(new Deadline(this), givenUpAt - node.Now);

    private void GiveUp()
    {
        if (whenLost is not null)
            result.TrySetResult(whenLost.Value);
        else
            result.TrySetException(new JournalUnavailableException($"no answer from the database to '{statement}'"));
    }

    private sealed class Deadline(DatabaseRequest<T> request) : TimerNode
    {
        protected internal override void Fire() => request.GiveUp();
    }
}
