using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Protocol.Frames;

public class FrameCodecTests
{
    private static readonly Gen<FrameHeader> Headers =
        from length in Gen.Choose(0, 300)
        from kind in Gen.Choose(0, 127)
        from end in ArbMap.Default.GeneratorFor<bool>()
        from stream in ArbMap.Default.GeneratorFor<uint>()
        from running in ArbMap.Default.GeneratorFor<ushort>()
        from max in ArbMap.Default.GeneratorFor<ushort>()
        select new FrameHeader(length, (FrameKind)kind, end, 0, stream, running, max);

    private static readonly Gen<ChunkHeader> Chunks =
        from sequence in ArbMap.Default.GeneratorFor<long>()
        from finish in Gen.Choose(0, 4)
        from classes in Gen.Choose(1, ChunkUsage.MaxClass).ArrayOf()
        from amounts in ArbMap.Default.GeneratorFor<long>().ArrayOf(ChunkUsage.Capacity)
        select new ChunkHeader(sequence & long.MaxValue, (ChunkFinish)finish, Usage(classes, amounts));

    [Fact]
    public void Frames_come_out_as_they_went_in_however_the_bytes_are_cut() =>
        Prop.ForAll(Headers.NonEmptyListOf().ToArbitrary(), Gen.Choose(1, 400).ToArbitrary(), (headers, piece) =>
        {
            byte[] bytes = Encode(headers);
            FrameReader reader = default;
            List<FrameHeader> read = [];
            int taken = 0;
            for (int known = 0; taken < bytes.Length; known = Math.Min(bytes.Length, known + piece))
            {
                ReadOnlySequence<byte> input = Split(bytes.AsMemory(taken, known - taken));
                while (reader.TryRead(ref input, out FrameHeader header, out ReadOnlySequence<byte> body, out LinkReason reason))
                {
                    Assert.True(body.Length == header.Length && body.ToArray().All(one => one == (byte)header.Sequence));
                    read.Add(header with { Sequence = 0 });
                    taken += FrameHeader.Size + header.Length;
                }
            }

            return read.SequenceEqual(headers);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Chunk_headers_come_out_as_they_went_in() =>
        Prop.ForAll(Chunks.ToArbitrary(), header =>
        {
            byte[] bytes = new byte[ChunkHeader.MaxSize];
            int length = header.Write(bytes);
            bool whole = ChunkHeader.TryRead(bytes, out ChunkHeader read, out int readLength) && read == header && readLength == length;
            bool cut = ChunkHeader.TryRead(Split(bytes), out read, out readLength) && read == header && readLength == length;
            bool shorter = ChunkHeader.TryRead(bytes.AsSpan(0, length - 1), out _, out _);
            return whole && cut && !shorter;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_reads_as_a_chunk_header_writes_as_the_same_bytes() =>
        Prop.ForAll(Gen.Choose(0, 140).Select(one => (byte)one).ArrayOf().ToArbitrary(), bytes =>
        {
            if (!ChunkHeader.TryRead(bytes, out ChunkHeader header, out int length))
                return true;
            byte[] again = new byte[ChunkHeader.MaxSize];
            return header.Write(again) == length && again.AsSpan(0, length).SequenceEqual(bytes.AsSpan(0, length));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x80, 0x00, 0, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0, 0 })]
    [InlineData(new byte[] { 0, 5, 0 })]
    [InlineData(new byte[] { 0, 0, 9 })]
    [InlineData(new byte[] { 0, 0, 2, 3, 1, 3, 1 })]
    [InlineData(new byte[] { 0, 0, 1, 0, 1 })]
    [InlineData(new byte[] { 0, 0, 2, 3, 1 })]
    public void Other_bytes_are_no_chunk_header(byte[] bytes) => Assert.False(ChunkHeader.TryRead(bytes, out _, out _));

    [Fact]
    public void A_length_over_the_limit_is_refused_before_its_body_comes()
    {
        byte[] bytes = new byte[FrameHeader.Size];
        new FrameHeader(FrameHeader.MaxBody + 1, FrameKind.Part, false, 0, 1, 0, 0).Write(bytes);
        Assert.Equal(LinkReason.FrameTooLong, Refusal(bytes));
    }

    [Theory]
    [InlineData(0, LinkReason.DuplicateFrame)]
    [InlineData(2, LinkReason.OutOfOrder)]
    [InlineData(uint.MaxValue, LinkReason.DuplicateFrame)]
    public void A_frame_out_of_its_turn_is_refused(uint second, LinkReason expected)
    {
        byte[] bytes = new byte[2 * FrameHeader.Size];
        new FrameHeader(0, FrameKind.Ready, false, 0, 0, 0, 0).Write(bytes);
        new FrameHeader(0, FrameKind.Ready, false, second, 0, 0, 0).Write(bytes.AsSpan(FrameHeader.Size));
        Assert.Equal(expected, Refusal(bytes));
    }

    [Fact]
    public void Reading_frames_allocates_nothing()
    {
        byte[] bytes = Encode([.. Enumerable.Repeat(new FrameHeader(100, FrameKind.Chunk, false, 0, 1, 0, 0), 1000)]);
        Count(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = Count(bytes);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(1000, count);
        Assert.InRange(allocated, 0, 1000);
    }

    private static int Count(byte[] bytes)
    {
        FrameReader reader = default;
        ReadOnlySequence<byte> input = new(bytes);
        int count = 0;
        while (reader.TryRead(ref input, out _, out _, out _))
            count++;
        return count;
    }

    private static LinkReason Refusal(byte[] bytes)
    {
        FrameReader reader = default;
        ReadOnlySequence<byte> input = new(bytes);
        LinkReason reason;
        while (reader.TryRead(ref input, out _, out _, out reason))
        {
        }

        return reason;
    }

    private static byte[] Encode(IList<FrameHeader> headers)
    {
        MemoryStream bytes = new();
        Span<byte> header = stackalloc byte[FrameHeader.Size];
        for (int i = 0; i < headers.Count; i++)
        {
            (headers[i] with { Sequence = (uint)i }).Write(header);
            bytes.Write(header);
            for (int j = 0; j < headers[i].Length; j++)
                bytes.WriteByte((byte)i);
        }

        return bytes.ToArray();
    }

    private static ChunkUsage Usage(int[] classes, long[] amounts)
    {
        ChunkUsage usage = default;
        foreach ((int one, long amount) in classes.Distinct().Order().Take(ChunkUsage.Capacity).Zip(amounts))
            usage.Add(new UsageAmount((UsageClass)one, amount & long.MaxValue));
        return usage;
    }

    /// <summary>The same bytes in segments of seven.</summary>
    private static ReadOnlySequence<byte> Split(ReadOnlyMemory<byte> bytes)
    {
        Segment first = new(bytes[..Math.Min(7, bytes.Length)], 0);
        Segment last = first;
        for (int at = 7; at < bytes.Length; at += 7)
            last = last.Append(bytes.Slice(at, Math.Min(7, bytes.Length - at)));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Segment Append(ReadOnlyMemory<byte> next)
        {
            Segment segment = new(next, RunningIndex + Memory.Length);
            Next = segment;
            return segment;
        }
    }
}
