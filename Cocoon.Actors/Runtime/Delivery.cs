namespace Cocoon.Actors.Runtime;

/// <summary>What a mailbox answers to a message.</summary>
public enum Delivery
{
    /// <summary>It will be received, unless the actor stops or fails first.</summary>
    Accepted,

    /// <summary>The mailbox holds as many messages as it may: the sender slows down, or says so to whoever asked it.</summary>
    Full,

    /// <summary>The actor has stopped.</summary>
    Stopped,
}
