namespace Cocoon.Actors.Runtime;

/// <summary>A failure that a restart cannot mend: the actor stops at once and its parent is told.</summary>
public class ActorStopException(string message, Exception? inner = null) : Exception(message, inner);
