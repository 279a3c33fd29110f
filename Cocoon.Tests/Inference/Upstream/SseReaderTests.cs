using System.Text;
using Cocoon.Actors.Ports;
using Cocoon.Inference.Upstream;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Inference.Upstream;

public class SseReaderTests
{
    [Theory]
    [InlineData("data: a\n\ndata: b\n\n", "a|b")]
    [InlineData("data:a\r\n\r\ndata:  b\r\n\r\n", "a| b")]
    [InlineData("data: a\r\rdata: b\r\r", "a|b")]
    [InlineData("\uFEFFdata: a\n\n", "a")]
    [InlineData(": hello\nevent: x\nid: 1\nretry: 5\ndata: a\ndata: b\n\n", "a\nb")]
    [InlineData("data\n\n", "")]
    [InlineData("datax: a\n\n\n\ndata: b\n\n", "b")]
    [InlineData("data:\n\n: ping\n\ndata: a\n\ndata: \n\n", "a")]
    [InlineData("data: a\n\nerror: {\"code\":1}\n\ndata: [DONE]\n\n", "a|{\"error\": {\"code\":1}}|[DONE]")]
    [InlineData("data: a\n\n{\"error\":\"x\"}\n", "a|{\"error\":\"x\"}")]
    [InlineData("{\"choices\":[]}\n\ndata: a\n\n", "a")]
    [InlineData("data: a\n\ndata: cut off", "a")]
    [InlineData("data: a\n\ndata: no end\n", "a")]
    public async Task Reads_events_as_the_standard_says(string stream, string expected)
    {
        Assert.Equal(expected, string.Join('|', await ReadAsync(Encoding.UTF8.GetBytes(stream), [1024])));
        Assert.Equal(expected, string.Join('|', await ReadAsync(Encoding.UTF8.GetBytes(stream), [1])));
    }

    [Fact]
    public void Where_the_network_cuts_does_not_matter() => Prop.ForAll(
        Arb.From(Gen.Elements("data: ", "x", "é", "\n", "\r", "\r\n", ":", "data", "\n\n").ListOf()),
        Arb.From(Gen.Choose(1, 9).NonEmptyListOf()),
        (parts, cuts) =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(parts));
            return ReadAsync(bytes, [.. cuts]).GetAwaiter().GetResult().SequenceEqual(ReadAsync(bytes, [100_000]).GetAwaiter().GetResult());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Random_bytes_are_read_or_refused()
    {
        Random random = new(5);
        UpstreamRequest request = new([], false, false, 1, 0);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            byte[] prefix = Encoding.UTF8.GetBytes("data: {\"choices\":[");
            try
            {
                foreach (string text in await ReadAsync([.. prefix, .. bytes, (byte)'\n', (byte)'\n'], [7]))
                    UpstreamChunk.Read(Encoding.UTF8.GetBytes(text), UpstreamDialect.Plain, request, stream: true);
            }
            catch (EngineException)
            {
                // Refused: that is an answer.
            }
        }
    }

    private static async Task<List<string>> ReadAsync(byte[] bytes, int[] cuts)
    {
        SseReader reader = new(new CutStream(bytes, cuts), 1 << 20, 1 << 20);
        List<string> events = [];
        while (await reader.ReadAsync(default) is { } data)
            events.Add(Encoding.UTF8.GetString(data));
        return events;
    }

    /// <summary>Gives at most so many bytes at each read.</summary>
    private sealed class CutStream(byte[] bytes, int[] cuts) : MemoryStream(bytes)
    {
        private int reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span[..Math.Min(buffer.Length, cuts[reads++ % cuts.Length])]));
    }
}
