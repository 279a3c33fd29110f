using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Simulation.Jobs;

/// <summary>What a client hears: from its connection, and from its own timers.</summary>
internal abstract record ClientEvent
{
    internal sealed record Ready(ClientSession Session) : ClientEvent;

    internal sealed record Closed(ClientSession Session, LinkEnd End) : ClientEvent;

    internal sealed record Got(ClientSession Session, uint Stream, IMessage Message, bool End) : ClientEvent;

    internal sealed record Data(ClientSession Session, uint Stream, byte[] Body) : ClientEvent;

    internal sealed record Writable(ClientSession Session, uint Stream) : ClientEvent;

    internal sealed record Reset(ClientSession Session, uint Stream, LinkReason Reason, string Detail) : ClientEvent;

    internal sealed record Redial : ClientEvent;

    internal sealed record GreetingLate(ClientSession Session) : ClientEvent;

    /// <summary>Time for the next job of the mix.</summary>
    internal sealed record NextJob : ClientEvent;

    /// <summary>Sends this job, now or when there is a connection.</summary>
    internal sealed record Submit(JobOrder Order) : ClientEvent;

    /// <summary>A job without a stream tries to get one.</summary>
    internal sealed record PlaceDue(ClientJob Job) : ClientEvent;

    internal sealed record CancelDue(ClientJob Job) : ClientEvent;

    internal sealed record PatienceOver(ClientJob Job) : ClientEvent;

    internal sealed record LookUpDue(ClientJob Job) : ClientEvent;

    internal sealed record ResubmitDue(ClientJob Job) : ClientEvent;
}
