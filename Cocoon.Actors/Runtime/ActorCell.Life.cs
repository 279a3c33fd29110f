namespace Cocoon.Actors.Runtime;

/// <content>Start, failure, restart, stop; children, timers and asynchronous work of the current instance.</content>
internal sealed partial class ActorCell<TMessage>
{
    private ActorRef? firstChild;
    private List<ControlItem>? keptControl;
    private CancellationTokenSource? lifetime;
    private bool orderly;
    private int restarts;
    private TimeSpan windowStart;

    public ActorRef<TChild> SpawnChild<TChild>(string name, Func<Actor<TChild>> childFactory, SpawnOptions options)
    {
        ActorCell<TChild> child = new(System, this, name, childFactory, options);
        Adopt(child);
        child.Begin();
        return child;
    }

    /// <summary>For the root, whose children are started from any thread.</summary>
    public void AddChildFromOutside(ActorRef child) => EnqueueControl(new AdoptRequest(child));

    public ActorTimer StartTimer(TimeSpan delay, TMessage message, bool repeat)
    {
        MessageTimer<TMessage> timer = new(this, message, repeat ? delay : null);
        System.Scheduler.Start(timer, delay);
        return timer;
    }

    public void Run(Func<CancellationToken, ValueTask> work)
    {
        lifetime ??= new CancellationTokenSource();
        _ = Follow(work, Generation, lifetime.Token);
    }

    private protected override void BeginStop()
    {
        if (phase is Phase.Stopping or Phase.Stopped)
            return;
        orderly = phase == Phase.Running;
        if (orderly)
            LastFailure = null;
        phase = Phase.Stopping;
        StopChildren();
    }

    private protected override void ChildStopped(ActorRef child, Exception? failure)
    {
        Orphan(child);
        if (phase == Phase.Running && failure is not null)
            actor!.Signalled(new Terminated(child, failure));
        ContinueWhenAlone();
    }

    private protected override void WatchedStopped(Terminated terminated)
    {
        if (phase == Phase.Running)
            actor!.Signalled(terminated);
    }

    private void StartInstance()
    {
        if (phase != Phase.Starting)
            return;
        phase = Phase.Running;
        actor = create();
        actor.Attach(this);
        actor.Started();
        if (!suspended)
            ReleaseKeptControl();
    }

    private void DeliverOrKeep(ControlItem item, TMessage message)
    {
        if (TakesMessages)
            actor!.Deliver(message);
        else if (phase is not (Phase.Stopping or Phase.Stopped))
            (keptControl ??= []).Add(item);
    }

    private void ReleaseKeptControl()
    {
        List<ControlItem>? kept = keptControl;
        keptControl = null;
        foreach (ControlItem item in kept ?? [])
            EnqueueControl(item);
    }

    private void Fail(Exception failure)
    {
        if (phase is Phase.Stopped or Phase.Stopping)
        {
            System.Events.Failed(this, failure, restartAfter: null);
            return;
        }

        LastFailure = failure;
        TimeSpan now = System.Scheduler.Now;
        if (now - windowStart > restart.Window)
            (windowStart, restarts) = (now, 0);
        if (restarts >= restart.MaxRestarts || failure is ActorStopException)
        {
            System.Events.Failed(this, failure, restartAfter: null);
            phase = Phase.Stopping;
        }
        else
        {
            restarts++;
            System.Events.Failed(this, failure, restart.BackOff(restarts));
            phase = Phase.Restarting;
        }

        EndInstance();
        StopChildren();
    }

    private void EndInstance()
    {
        Generation++;
        suspended = false;
        lifetime?.Cancel();
        lifetime = null;
    }

    private void StopChildren()
    {
        for (ActorRef? child = firstChild; child is not null; child = child.NextSibling)
            child.Stop();
        ContinueWhenAlone();
    }

    private void ContinueWhenAlone()
    {
        if (firstChild is not null)
            return;
        if (phase == Phase.Stopping)
            FinishStop();
        else if (phase == Phase.Restarting)
            FinishRestart();
    }

    private void FinishRestart()
    {
        actor = null;
        phase = Phase.Starting;
        System.Scheduler.Start(new RestartTimer(this), restart.BackOff(restarts));
    }

    private void FinishStop()
    {
        phase = Phase.Stopped;
        HasStopped = true;
        int dropped = mailbox.Close();
        if (dropped > 0)
            System.Events.Dropped(this, dropped);
        try
        {
            // After a failure the state is not to be trusted with a last word.
            if (orderly)
                actor!.Stopping();
        }
        catch (Exception failure)
        {
            LastFailure = failure;
            System.Events.Failed(this, failure, restartAfter: null);
        }

        actor = null;
        EndInstance();
        TellStopped();
    }

    private async Task Follow(Func<CancellationToken, ValueTask> work, int generation, CancellationToken cancelled)
    {
        try
        {
            await work(cancelled);
        }
        catch (Exception) when (cancelled.IsCancellationRequested)
        {
            // This instance has ended: what its leftover work throws, such as at a store that was closed since, concerns nobody.
        }
        catch (Exception failure)
        {
            EnqueueControl(new WorkFailure(failure, generation));
        }
    }

    private void Adopt(ActorRef child)
    {
        child.NextSibling = firstChild;
        if (firstChild is not null)
            firstChild.PreviousSibling = child;
        firstChild = child;
    }

    private void Orphan(ActorRef child)
    {
        if (child.PreviousSibling is null)
            firstChild = child.NextSibling;
        else
            child.PreviousSibling.NextSibling = child.NextSibling;
        if (child.NextSibling is not null)
            child.NextSibling.PreviousSibling = child.PreviousSibling;
        child.NextSibling = child.PreviousSibling = null;
    }

    /// <summary>Asynchronous work threw. A turn of its own, so that the message in progress is not cut in the middle.</summary>
    private sealed class WorkFailure(Exception failure, int generation) : ControlItem
    {
        public override void Run(ActorRef actor)
        {
            if (generation == actor.Generation)
                ((ActorCell<TMessage>)actor).Fail(failure);
            else
                actor.System.Events.Failed(actor, failure, restartAfter: null);
        }
    }

    private sealed class AdoptRequest(ActorRef child) : ControlItem
    {
        public override void Run(ActorRef actor)
        {
            ActorCell<TMessage> cell = (ActorCell<TMessage>)actor;
            cell.Adopt(child);
            if (cell.phase is Phase.Stopping or Phase.Stopped)
                child.Stop();
        }
    }

    private sealed class RestartTimer(ActorCell<TMessage> cell) : TimerNode
    {
        protected internal override void Fire() => cell.EnqueueControl(StartRequest.Instance);
    }
}
