namespace Cocoon.Actors.Worker;

/// <summary>What an <see cref="AttemptActor"/> hears.</summary>
internal abstract record AttemptMessage
{
    private AttemptMessage()
    {
    }

    /// <summary>The worker has a slot for it, or not.</summary>
    public sealed record Admitted(bool HasSlot, int Running, int Max) : AttemptMessage;

    /// <summary>A part of the body.</summary>
    public sealed record BodyPart(byte[] Bytes, bool End) : AttemptMessage;

    /// <summary>The proxy wants it stopped, or its stream or link is gone.</summary>
    public sealed record Cancelled(bool LinkEnded = false) : AttemptMessage;

    /// <summary>The link has room again.</summary>
    public sealed record Writable : AttemptMessage;
}
