using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Cocoon.Protocol.Money;

namespace Cocoon.Protocol.Frames;

/// <summary>Why an answer ended, in the clear because the bill depends on it.</summary>
public enum ChunkFinish : byte
{
    /// <summary>More chunks follow.</summary>
    None = 0,

    /// <summary>The model ended its answer.</summary>
    Stop = 1,

    /// <summary>The token limit was reached.</summary>
    Length = 2,

    /// <summary>The model calls a tool.</summary>
    ToolCalls = 3,

    /// <summary>A filter stopped it.</summary>
    ContentFilter = 4,
}

/// <summary>
/// The clear head of a <see cref="FrameKind.Chunk"/> body: sequence (LEB128), finish (1 byte), number of usage entries (1 byte), then each
/// entry's class and amount (LEB128), classes rising. What follows is the payload, which only the ends read.
/// </summary>
/// <param name="Sequence">0 and up within a job, without gaps.</param>
/// <param name="Finish">Whether and why the answer ends here.</param>
/// <param name="Usage">What this chunk adds to the job's usage.</param>
public readonly record struct ChunkHeader(long Sequence, ChunkFinish Finish, ChunkUsage Usage)
{
    /// <summary>Most bytes that a header can take.</summary>
    public const int MaxSize = 9 + 1 + 1 + ChunkUsage.Capacity * (2 + 9);

    /// <summary>
    /// A payload of exactly this many bytes goes on in the next chunk; a shorter one ends an object. So an answer longer than a frame needs
    /// no mark of its own.
    /// </summary>
    public const int PieceBytes = FrameHeader.MaxBody - MaxSize;

    /// <summary>Writes the header into <paramref name="destination"/> (<see cref="MaxSize"/> bytes are always enough); returns its length.</summary>
    public int Write(Span<byte> destination)
    {
        int at = Varint.Write(destination, (ulong)Sequence);
        destination[at++] = (byte)Finish;
        destination[at++] = (byte)Usage.Count;
        for (int i = 0; i < Usage.Count; i++)
        {
            at += Varint.Write(destination[at..], (ulong)Usage[i].Class);
            at += Varint.Write(destination[at..], (ulong)Usage[i].Amount);
        }

        return at;
    }

    /// <summary>
    /// Reads a header off the front of a body; <paramref name="length"/> is where the payload starts. False if the bytes are not the one
    /// encoding of a header: truncated, an overlong or over 63-bit number, an unknown finish, classes not rising, too many of them.
    /// </summary>
    public static bool TryRead(in ReadOnlySequence<byte> body, out ChunkHeader header, out int length)
    {
        ReadOnlySpan<byte> first = body.FirstSpan;
        if (body.IsSingleSegment || first.Length >= MaxSize)
            return TryRead(first, out header, out length);
        Span<byte> copy = stackalloc byte[MaxSize];
        int take = (int)Math.Min(MaxSize, body.Length);
        body.Slice(0, take).CopyTo(copy);
        return TryRead(copy[..take], out header, out length);
    }

    /// <summary>Reads a header off the front of contiguous bytes; see the other overload.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ChunkHeader header, out int length)
    {
        header = default;
        length = 0;
        int at = 0;
        if (!Varint.TryRead(bytes, ref at, out long sequence) || bytes.Length < at + 2)
            return false;
        ChunkFinish finish = (ChunkFinish)bytes[at++];
        int count = bytes[at++];
        if (finish > ChunkFinish.ContentFilter || count > ChunkUsage.Capacity)
            return false;

        ChunkUsage usage = default;
        long last = 0;
        for (int i = 0; i < count; i++)
        {
            if (!Varint.TryRead(bytes, ref at, out long usageClass) || !Varint.TryRead(bytes, ref at, out long amount))
                return false;
            if (usageClass <= last || usageClass > ChunkUsage.MaxClass)
                return false;
            last = usageClass;
            usage.Add(new UsageAmount((UsageClass)usageClass, amount));
        }

        header = new ChunkHeader(sequence, finish, usage);
        length = at;
        return true;
    }
}

/// <summary>Up to eight usage entries by value, in rising order of class.</summary>
public struct ChunkUsage : IEquatable<ChunkUsage>
{
    /// <summary>Most entries.</summary>
    public const int Capacity = 8;

    /// <summary>Highest class number.</summary>
    public const int MaxClass = 16_383;

    private Entries entries;

    /// <summary>Entries present.</summary>
    public int Count { get; private set; }

    /// <summary>An entry, 0 to <see cref="Count"/> - 1.</summary>
    public readonly UsageAmount this[int index] => index < Count ? entries[index] : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>The entries, classes rising. Valid as long as this value is where it is.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<UsageAmount> Amounts => ((ReadOnlySpan<UsageAmount>)entries)[..Count];

    /// <summary>Appends an entry. Throws <see cref="ArgumentException"/> when full, out of order, or out of range.</summary>
    public void Add(UsageAmount usage)
    {
        bool rises = Count == 0 || usage.Class > entries[Count - 1].Class;
        if (Count == Capacity || !rises || usage.Amount < 0 || (int)usage.Class is < 1 or > MaxClass)
            throw new ArgumentException($"cannot add {usage} as entry {Count}: at most {Capacity}, classes rising from 1 to {MaxClass}");
        entries[Count++] = usage;
    }

    /// <inheritdoc/>
    public readonly bool Equals(ChunkUsage other)
    {
        if (Count != other.Count)
            return false;
        for (int i = 0; i < Count; i++)
        {
            if (entries[i] != other.entries[i])
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is ChunkUsage other && Equals(other);

    /// <summary>The same in every process.</summary>
    public override readonly int GetHashCode() => Count == 0 ? 0 : Count * 397 ^ (int)entries[0].Amount;

    /// <summary>Whether all entries are the same.</summary>
    public static bool operator ==(ChunkUsage left, ChunkUsage right) => left.Equals(right);

    /// <summary>Whether any entry differs.</summary>
    public static bool operator !=(ChunkUsage left, ChunkUsage right) => !left.Equals(right);

    [InlineArray(Capacity)]
    private struct Entries
    {
        private UsageAmount first;
    }
}
