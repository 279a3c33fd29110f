using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;

namespace Cocoon.Tests.Protocol.Link;

public class LinkStreamTests
{
    [Fact]
    public void A_job_goes_up_in_parts_and_comes_down_in_chunks()
    {
        (End client, End proxy) = Ends.Ready();
        uint job = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(40_000), false);
        client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(100), true);
        Ends.Exchange(client, proxy);
        Assert.Equal(["open 1 Job", "data end 1"], proxy.Heard);
        Assert.Equal(40_100, proxy.Data[1].Length);

        proxy.Link.Send(job, FrameKind.JobAccepted, new JobAccepted { MaxOutputTokens = 7 }, false);
        proxy.Link.TrySend(job, FrameKind.Chunk, [1, 2], Ends.Bytes(3), false);
        proxy.Link.Send(job, FrameKind.JobFinal, new JobFinal { Chunks = 1 }, true);
        Ends.Exchange(client, proxy);
        Assert.Equal(["JobAccepted 1", "JobFinal 1 end"], client.Heard);
        Assert.Equal(5, client.Data[1].Length);
        Assert.Equal((0, 0), (client.Link.StreamCount, proxy.Link.StreamCount));
    }

    [Fact]
    public void Both_sides_open_streams_with_numbers_of_their_own()
    {
        (End client, End proxy) = Ends.Ready();
        Assert.Equal([1u, 3u], [client.Link.Open(StreamKind.Job, Ends.Job(), true), client.Link.Open(StreamKind.Job, Ends.Job(), true)]);
        Assert.Equal(2u, proxy.Link.Open(StreamKind.Evidence, new EvidenceOpen(), true));
        Ends.Exchange(client, proxy);
        Assert.Equal(["open 1 Job end", "open 3 Job end"], proxy.Heard);
        Assert.Equal(["open 2 Evidence end"], client.Heard);
    }

    [Fact]
    public void Unconsumed_data_holds_credit_back_and_consuming_gives_it()
    {
        (End client, End proxy) = Ends.Ready();
        proxy.ConsumesAll = false;
        uint job = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        int sent = 0;
        for (int round = 0; round < 100; round++)
        {
            while (client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(10_000), false) == SendResult.Sent)
                sent += 10_000;
            Ends.Exchange(client, proxy);
        }

        Assert.Equal(260_000, proxy.Data[job].Length);
        Assert.InRange(sent, 260_000, 260_000 + 140_000);
        Assert.Contains("writable 1", client.Heard);

        proxy.ConsumesAll = true;
        proxy.Link.Consume(job, 260_000);
        client.Link.TrySend(job, FrameKind.Part, default, default, true);
        Ends.Exchange(client, proxy);
        Assert.Equal(sent, proxy.Data[job].Length);
    }

    [Fact]
    public void Connection_credit_bounds_all_streams_together()
    {
        (End client, End proxy) = Ends.Ready();
        proxy.ConsumesAll = false;
        uint[] jobs = [.. Enumerable.Range(0, 10).Select(_ => client.Link.Open(StreamKind.Job, Ends.Job(), false))];
        for (int round = 0; round < 50; round++)
        {
            foreach (uint job in jobs)
                client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(16_000), false);
            Ends.Exchange(client, proxy);
        }

        long received = proxy.Data.Values.Sum(data => data.Length);
        Assert.InRange(received, (1 << 20) - 16_000, 1 << 20);
        Assert.All(proxy.Data.Values, data => Assert.InRange(data.Length, 80_000, 112_000));

        foreach (uint job in jobs)
            proxy.Link.Reset(job, LinkReason.Abandoned, "");
        proxy.ConsumesAll = true;
        uint next = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        client.Link.TrySend(next, FrameKind.Part, default, Ends.Bytes(16_000), true);
        Ends.Exchange(client, proxy);
        Assert.Equal(16_000, proxy.Data[next].Length);
    }

    [Fact]
    public void Streams_take_turns_and_the_link_itself_goes_first()
    {
        (End client, End proxy) = Ends.Ready();
        uint large = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        for (int i = 0; i < 7; i++)
            Assert.Equal(SendResult.Sent, client.Link.TrySend(large, FrameKind.Part, default, Ends.Bytes(16_000), false));
        uint small = client.Link.Open(StreamKind.Job, Ends.Job("small"), true);
        client.Link.Send(0, FrameKind.BalanceQuery, new BalanceQuery { Query = 1 }, false);

        ArrayBufferWriter<byte> output = new();
        client.Link.Produce(output, 20_000);
        proxy.Receive(output.WrittenSpan);
        Assert.Equal(["BalanceQuery 0", $"open {large} Job", $"open {small} Job end"], proxy.Heard);
        Assert.Equal(16_000, proxy.Data[large].Length);
    }

    [Fact]
    public void Cancel_overtakes_the_parts_that_wait()
    {
        (End client, End proxy) = Ends.Ready();
        proxy.ConsumesAll = false;
        uint job = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        do
        {
            Ends.Exchange(client, proxy);
        }
        while (client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(50_000), false) == SendResult.Sent);

        Assert.Equal(SendResult.Sent, client.Link.Send(job, FrameKind.Cancel, new Cancel { Reason = "gone" }, true));
        Ends.Exchange(client, proxy);
        Assert.Contains($"Cancel {job} end", proxy.Heard);
        proxy.Link.Send(job, FrameKind.JobError, new JobError { Code = JobErrorCode.Cancelled }, true);
        Ends.Exchange(client, proxy);
        Assert.Contains($"JobError {job} end", client.Heard);
        Assert.Equal((0, 0), (client.Link.StreamCount, proxy.Link.StreamCount));
    }

    [Fact]
    public void Cancel_of_a_job_that_has_not_left_still_tells_the_whole_story()
    {
        (End client, End proxy) = Ends.Ready();
        uint job = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(50_000), false);
        client.Link.Send(job, FrameKind.Cancel, new Cancel(), true);
        Ends.Exchange(client, proxy);
        Assert.Equal(["open 1 Job", "Cancel 1 end"], proxy.Heard);
    }

    [Fact]
    public void An_early_answer_ends_the_upload()
    {
        (End client, End proxy) = Ends.Ready();
        uint job = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(1000), false);
        Ends.Exchange(client, proxy);
        proxy.Link.Send(job, FrameKind.JobError, new JobError { Code = JobErrorCode.Balance }, true);
        client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(1000), false);
        Ends.Exchange(client, proxy);
        Assert.Equal(1000, proxy.Data[job].Length);
        Assert.Equal(SendResult.Gone, client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(1000), false));
        Assert.Equal((0, 0), (client.Link.StreamCount, proxy.Link.StreamCount));
        Assert.DoesNotContain(proxy.Heard, heard => heard.StartsWith("reset", StringComparison.Ordinal));
    }

    [Fact]
    public void A_draining_side_takes_no_new_streams_and_keeps_the_old()
    {
        (End client, End proxy) = Ends.Ready();
        uint old = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        Ends.Exchange(client, proxy);
        proxy.Link.Drain(new Drain { Detail = "restart" });
        uint crossing = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        Ends.Exchange(client, proxy);
        Assert.Equal(0u, client.Link.Open(StreamKind.Job, Ends.Job(), false));
        Assert.Equal(["Drain 0", $"reset {crossing} Draining"], client.Heard);
        client.Link.TrySend(old, FrameKind.Part, default, Ends.Bytes(10), true);
        Ends.Exchange(client, proxy);
        Assert.Equal(10, proxy.Data[old].Length);
    }

    [Fact]
    public void Load_goes_with_every_frame_and_is_told_when_it_changes()
    {
        (End client, End proxy) = Ends.Ready();
        client.Link.ReportLoad(3, 8);
        client.Link.SendPing(0);
        Ends.Exchange(client, proxy);
        client.Link.Send(0, FrameKind.BalanceQuery, new BalanceQuery(), false);
        Ends.Exchange(client, proxy);
        Assert.Equal(["load 3/8", "BalanceQuery 0"], proxy.Heard);
    }

    [Fact]
    public void Unknown_messages_are_answered_and_the_link_goes_on()
    {
        (End client, End proxy) = Ends.Ready();
        uint job = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        Ends.Exchange(client, proxy);
        Script script = new(client);
        script.Add((FrameKind)31, 0, []).Add((FrameKind)99, job, [1, 2, 3]).Add(FrameKind.Open, job + 2, [200, 1]).SendTo(proxy);
        client.Receive(proxy.Produce());
        Assert.Equal(LinkState.Ready, proxy.Link.State);
        Assert.Equal(["Error 0", $"Error {job}"], client.Heard.Take(2));
        Assert.Equal(31u, ((Error)client.Messages[0]).Kind);
    }

    [Fact]
    public void Unknown_fields_are_kept()
    {
        (End client, End proxy) = Ends.Ready();
        Script script = new(client);
        script.Add(FrameKind.BalanceQuery, 0, [0x08, 0x05, 0xFA, 0x3F, 0x02, 0x68, 0x69]).SendTo(proxy);
        BalanceQuery query = Assert.IsType<BalanceQuery>(Assert.Single(proxy.Messages));
        Assert.Equal(7, Google.Protobuf.MessageExtensions.ToByteArray(query).Length);
    }
}
