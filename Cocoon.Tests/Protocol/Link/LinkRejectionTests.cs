using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Tests.Protocol.Link;

/// <summary>A scripted client that breaks the rules, one at a time: the proxy closes, and both sides know why.</summary>
public class LinkRejectionTests
{
    private static readonly byte[] Job = [(byte)StreamKind.Job, .. Ends.Job().ToByteArray()];

    public static TheoryData<string, LinkReason> Scripts => new()
    {
        { "a frame over the limit", LinkReason.FrameTooLong },
        { "the same frame twice", LinkReason.DuplicateFrame },
        { "a frame left out", LinkReason.OutOfOrder },
        { "bytes that are no message", LinkReason.Malformed },
        { "a stream without a kind", LinkReason.Malformed },
        { "a stream opened by another message", LinkReason.Malformed },
        { "an empty part", LinkReason.Malformed },
        { "credit of three bytes", LinkReason.Malformed },
        { "credit of nothing", LinkReason.Malformed },
        { "a ping of three bytes", LinkReason.Malformed },
        { "a close that is no message", LinkReason.Malformed },
        { "a second Hello", LinkReason.UnexpectedFrame },
        { "a job's message on the link", LinkReason.UnexpectedFrame },
        { "the link's message on a job", LinkReason.UnexpectedFrame },
        { "a reset of the link", LinkReason.UnexpectedFrame },
        { "data for a stream never opened", LinkReason.UnknownStream },
        { "a message for a stream never opened", LinkReason.UnknownStream },
        { "credit for a stream never opened", LinkReason.UnknownStream },
        { "data for stream 0", LinkReason.UnknownStream },
        { "a stream with an even number", LinkReason.StreamNumber },
        { "stream 0 opened", LinkReason.StreamNumber },
        { "a stream opened twice", LinkReason.StreamNumber },
        { "streams opened backwards", LinkReason.StreamNumber },
        { "data after the end", LinkReason.StreamEnded },
        { "a message after the end", LinkReason.StreamEnded },
        { "more data than the stream's credit", LinkReason.CreditExceeded },
        { "more data than the connection's credit", LinkReason.CreditExceeded },
        { "too much credit", LinkReason.CreditOverflow },
        { "a pong unasked", LinkReason.UnexpectedPong },
        { "pings without reading", LinkReason.Flood },
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Closes_with_the_reason(string name, LinkReason expected)
    {
        (End client, End proxy) = Ends.Ready();
        proxy.ConsumesAll = false;
        Write(new Script(client), name).SendTo(proxy);
        Assert.Equal(expected, proxy.Ended?.Reason);
        Assert.NotEmpty(proxy.Ended!.Detail);
        client.Receive(proxy.Produce());
        Assert.Equal((expected, true, proxy.Ended.Detail), (client.Ended!.Reason, client.Ended.ByPeer, client.Ended.Detail));
        proxy.Receive([1, 2, 3]);
        Assert.Empty(proxy.Produce());
    }

    [Fact]
    public void Every_reason_of_the_schema_is_reached_by_some_test_or_given_by_owners()
    {
        LinkReason[] handshake =
        [
            LinkReason.Version, LinkReason.Network, LinkReason.Operator, LinkReason.Role, LinkReason.Settings, LinkReason.Certificate,
            LinkReason.Proof, LinkReason.NotAdmitted, LinkReason.HandshakeTimeout,
        ];
        LinkReason[] streams =
        [
            LinkReason.UnknownKind, LinkReason.UnknownStreamKind, LinkReason.TooManyStreams, LinkReason.StreamTooLong, LinkReason.Draining,
        ];
        LinkReason[] time = [LinkReason.IdleTimeout, LinkReason.Transport];
        LinkReason[] owners =
        [
            LinkReason.None, LinkReason.Done, LinkReason.Drained, LinkReason.Overloaded, LinkReason.Replaced, LinkReason.Abandoned,
            LinkReason.LedgerStopped,
        ];
        IEnumerable<LinkReason> scripted = Scripts.Select(row => row.Data.Item2);
        Assert.Empty(Enum.GetValues<LinkReason>().Except([.. handshake, .. streams, .. time, .. owners, .. scripted]));
    }

    [Fact]
    public void Too_many_streams_and_too_long_ones_are_refused_one_by_one()
    {
        LinkOptions small = new() { MaxStreams = 2, JobBytesMax = 1000 };
        (End client, End proxy) = Ends.Ready(null, small);
        Script script = new(client);
        script.Add(FrameKind.Open, 1, Job).Add(FrameKind.Open, 3, Job).Add(FrameKind.Open, 5, Job).Add(FrameKind.Part, 5, new byte[10]);
        script.Add(FrameKind.Part, 1, new byte[1001]).Add(FrameKind.Part, 1, new byte[10]).Add(FrameKind.Cancel, 1, [], end: true);
        script.Add(FrameKind.Part, 3, new byte[1000], end: true).SendTo(proxy);
        Assert.Equal(["open 1 Job", "open 3 Job", "reset 1 StreamTooLong", "data end 3"], proxy.Heard);
        Assert.Equal(LinkState.Ready, proxy.Link.State);
        Assert.Equal(1, proxy.Link.StreamCount);
    }

    [Fact]
    public void A_sender_is_told_before_it_breaks_a_limit()
    {
        (End client, _) = Ends.Ready(new LinkOptions { JobBytesMax = 100_000 }, new LinkOptions { MaxStreams = 1 });
        uint job = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        Assert.Equal(0u, client.Link.Open(StreamKind.Job, Ends.Job(), false));
        Assert.Equal(SendResult.TooLong, client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(65_537), false));
        Assert.Equal(SendResult.Sent, client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(65_000), false));
        Assert.Equal(SendResult.TooLong, client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(65_000), false));
        Assert.Equal(SendResult.Sent, client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(35_000), true));
        Assert.Equal(SendResult.Gone, client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(1), true));
        Assert.Equal(SendResult.TooLong, client.Link.Send(0, FrameKind.Models, new Models { Models_ = { new ModelState { Name = new string('x', 70_000) } } }, false));
        Assert.Throws<ArgumentException>(() => client.Link.TrySend(job, FrameKind.JobFinal, default, default, true));
    }

    [Fact]
    public void Silence_brings_a_ping_and_then_the_end()
    {
        (End client, End proxy) = Ends.Ready();
        proxy.Link.Tick(9_999);
        Assert.Empty(proxy.Produce());
        Assert.Equal(10_000, proxy.Link.NextTickMs);
        proxy.Link.Tick(10_000);
        client.Receive(proxy.Produce());
        proxy.NowMs = 10_040;
        proxy.Receive(client.Produce());
        Assert.Equal(40, proxy.Link.RoundTripMs);

        proxy.Link.Tick(20_040);
        Assert.NotEmpty(proxy.Produce());
        proxy.NowMs = 39_000;
        proxy.Receive([0, 0, 0]);
        proxy.Link.Tick(40_040);
        Assert.Equal(LinkReason.IdleTimeout, proxy.Ended!.Reason);
        Assert.Equal(long.MaxValue, proxy.Link.NextTickMs);
    }

    [Fact]
    public void A_cut_connection_ends_everything_once()
    {
        (End client, _) = Ends.Ready();
        client.Link.Open(StreamKind.Job, Ends.Job(), false);
        client.Link.Cut("reset by peer");
        client.Link.Cut("again");
        client.Link.Close(LinkReason.Done, "again");
        Assert.Equal(["closed Transport"], client.Heard);
        Assert.Empty(client.Produce());
        Assert.Equal(0, client.Link.StreamCount);
    }

    private static Script Write(Script script, string name) => name switch
    {
        "a frame over the limit" => script.Add(FrameKind.Part, 1, [], length: FrameHeader.MaxBody + 1),
        "the same frame twice" => script.Add(FrameKind.Open, 1, Job).Add(FrameKind.Part, 1, [1]).Add(FrameKind.Part, 1, [1], number: 3),
        "a frame left out" => script.Add(FrameKind.BalanceQuery, 0, [], number: 3),
        "bytes that are no message" => script.Add(FrameKind.BalanceQuery, 0, [0xFF]),
        "a stream without a kind" => script.Add(FrameKind.Open, 1, []),
        "a stream opened by another message" => script.Add(FrameKind.Open, 1, [(byte)StreamKind.Job, 0xFF]),
        "an empty part" => script.Add(FrameKind.Open, 1, Job).Add(FrameKind.Part, 1, []),
        "credit of three bytes" => script.Add(FrameKind.Credit, 0, [1, 2, 3]),
        "credit of nothing" => script.Add(FrameKind.Credit, 0, new byte[4]),
        "a ping of three bytes" => script.Add(FrameKind.Ping, 0, [1, 2, 3]),
        "a close that is no message" => script.Add(FrameKind.Close, 0, [0xFF]),
        "a second Hello" => script.Add(FrameKind.Hello, 0, []),
        "a job's message on the link" => script.Add(FrameKind.JobFinal, 0, []),
        "the link's message on a job" => script.Add(FrameKind.Open, 1, Job).Add(FrameKind.BalanceQuery, 1, []),
        "a reset of the link" => script.Add(FrameKind.Reset, 0, []),
        "data for a stream never opened" => script.Add(FrameKind.Part, 1, [1]),
        "a message for a stream never opened" => script.Add(FrameKind.Cancel, 2, []),
        "credit for a stream never opened" => script.Add(FrameKind.Credit, 2, [1, 0, 0, 0]),
        "data for stream 0" => script.Add(FrameKind.Part, 0, [1]),
        "a stream with an even number" => script.Add(FrameKind.Open, 2, Job),
        "stream 0 opened" => script.Add(FrameKind.Open, 0, Job),
        "a stream opened twice" => script.Add(FrameKind.Open, 1, Job).Add(FrameKind.Open, 1, Job),
        "streams opened backwards" => script.Add(FrameKind.Open, 5, Job).Add(FrameKind.Open, 3, Job),
        "data after the end" => script.Add(FrameKind.Open, 1, Job, end: true).Add(FrameKind.Part, 1, [1]),
        "a message after the end" => script.Add(FrameKind.Open, 1, Job, end: true).Add(FrameKind.Instalment, 1, []),
        "more data than the stream's credit" => Upload(script.Add(FrameKind.Open, 1, Job), 1, 5),
        "more data than the connection's credit" => Enumerable.Range(0, 6).Aggregate(
            script, (sum, i) => Upload(sum.Add(FrameKind.Open, (uint)(2 * i + 1), Job), (uint)(2 * i + 1), 4)),
        "too much credit" => script.Add(FrameKind.Credit, 0, [0xFF, 0xFF, 0xFF, 0xFF]),
        "a pong unasked" => script.Add(FrameKind.Pong, 0, new byte[8]),
        "pings without reading" => Enumerable.Range(0, 20_000).Aggregate(script, (sum, _) => sum.Add(FrameKind.Ping, 0, new byte[8])),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such script"),
    };

    private static Script Upload(Script script, uint stream, int parts) =>
        Enumerable.Range(0, parts).Aggregate(script, (sum, _) => sum.Add(FrameKind.Part, stream, new byte[65_536]));
}
