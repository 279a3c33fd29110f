namespace Cocoon.Actors.Runtime;

/// <summary>What a system tells the outside about itself: logs and metrics in production, the trail in a simulated world.</summary>
public interface IActorEvents
{
    /// <summary>An actor threw; it restarts after <paramref name="restartAfter"/>, or stops when that is null.</summary>
    void Failed(ActorRef actor, Exception failure, TimeSpan? restartAfter);

    /// <summary>An actor stopped while <paramref name="count"/> messages waited.</summary>
    void Dropped(ActorRef actor, int count);
}
