namespace Cocoon.Actors.Runtime;

/// <summary>Where answers go that are not an actor's messages: an ask, or a peer behind a link.</summary>
public interface IReplySink<in TReply>
{
    /// <summary>Takes the answer to question <paramref name="ticket"/>; ignores a ticket that is over.</summary>
    void Reply(long ticket, TReply reply);
}

/// <summary>The address of one question's answer. The first answer counts; later ones, and those after the deadline, are ignored.</summary>
/// <param name="sink">Where the answer goes.</param>
/// <param name="ticket">Which question it answers.</param>
public readonly struct ReplyTo<TReply>(IReplySink<TReply>? sink, long ticket)
{
    /// <summary>Answers. A default value answers nobody.</summary>
    public void Reply(TReply reply) => sink?.Reply(ticket, reply);
}
