namespace Cocoon.Actors.Runtime;

/// <summary>An actor seen from outside, whatever its messages. Inside the runtime it is also the actor's place in the tree.</summary>
public abstract partial class ActorRef
{
    /// <summary>Unique in its system, rising in order of creation, the same in every replay.</summary>
    public long Id { get; }

    /// <summary>The names from the root down: <c>fleet/worker-3</c>. For logs and people; names need not be unique.</summary>
    public string Path => Parent?.Parent is null ? name : $"{Parent.Path}/{name}";

    /// <summary>Asks the actor to stop: after the message it is at, its children first. Waiting messages are dropped.</summary>
    public void Stop() => EnqueueControl(StopRequest.Instance);

    /// <inheritdoc/>
    public override string ToString() => Path;
}

/// <summary>Where messages of one type can be sent. Safe from any thread.</summary>
/// <typeparam name="TMessage">The messages: immutable, since several actors may hold one.</typeparam>
public abstract class ActorRef<TMessage> : ActorRef
{
    private protected ActorRef(ActorSystem system, ActorRef? parent, string name)
        : base(system, parent, name)
    {
    }

    /// <summary>Puts a message into the bounded mailbox, and says what became of it.</summary>
    public abstract Delivery Tell(TMessage message);

    /// <summary>
    /// Puts a message on the control lane, which overtakes ordinary messages and is never full. For messages whose number is bounded by
    /// something else: a cancellation for each job, an answer for each question.
    /// </summary>
    public abstract Delivery TellControl(TMessage message);

    /// <summary>
    /// Sends what <paramref name="question"/> makes of a reply address and waits for the answer. Throws <see cref="AskTimeoutException"/>
    /// at the deadline and <see cref="AskRefusedException"/> when the mailbox did not take it. An answer that comes later is dropped.
    /// </summary>
    public abstract ValueTask<TReply> AskAsync<TReply>(Func<ReplyTo<TReply>, TMessage> question, TimeSpan deadline);

    /// <summary>An address whose answers come to this actor as messages made by <paramref name="wrap"/>, on the control lane.</summary>
    public ReplyTo<TReply> Accept<TReply>(Func<TReply, TMessage> wrap) => new(new MessageSink<TReply>(this, wrap), 0);

    private sealed class MessageSink<TReply>(ActorRef<TMessage> actor, Func<TReply, TMessage> wrap) : IReplySink<TReply>
    {
        public void Reply(long ticket, TReply reply) => actor.TellControl(wrap(reply));
    }
}

/// <summary>No answer within the deadline. Whether the question was acted on is unknown.</summary>
public sealed class AskTimeoutException(string path, TimeSpan deadline)
    : TimeoutException($"{path} did not answer within {deadline.TotalMilliseconds} ms");

/// <summary>The question never reached the actor.</summary>
public sealed class AskRefusedException(string path, Delivery delivery) : Exception($"{path} did not take the question: {delivery}")
{
    /// <summary><see cref="Delivery.Full"/> or <see cref="Delivery.Stopped"/>.</summary>
    public Delivery Delivery { get; } = delivery;
}
