using Cocoon.Actors.Runtime;

namespace Cocoon.Tests.Proxy;

/// <summary>Stands where an actor is told something, and hands it to the test.</summary>
internal sealed class Taking<TMessage>(Action<TMessage> take) : Actor<TMessage>
{
    protected override void Receive(TMessage message) => take(message);
}
