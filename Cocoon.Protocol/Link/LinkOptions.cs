using Cocoon.Protocol.Frames;

namespace Cocoon.Protocol.Link;

/// <summary>Limits and times of a link. Each side has its own; the other side learns those that bind it.</summary>
public sealed record LinkOptions
{
    /// <summary>Least credit of a stream or connection: half of it still lets the longest frame pass, so credit can never lock up.</summary>
    public const int MinCreditBytes = 2 * FrameHeader.MaxBody;

    /// <summary>Most credit of a stream or connection.</summary>
    public const int MaxCreditBytes = 1 << 30;

    /// <summary>Most streams that a side may allow.</summary>
    public const int MaxMaxStreams = 65_536;

    /// <summary>The only version so far.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Recommended size of one part of a long body: one TLS record, 1.3 ms of a 100 Mbit/s link.</summary>
    public const int PartBytes = 16_000;

    /// <summary>Oldest protocol version spoken. Default 1.</summary>
    public int MinVersion { get; init; } = CurrentVersion;

    /// <summary>Newest protocol version spoken. Default 1.</summary>
    public int MaxVersion { get; init; } = CurrentVersion;

    /// <summary>Bytes of data the other side may have unconsumed on a stream. Default 256 KiB.</summary>
    public int StreamCreditBytes { get; init; } = 256 << 10;

    /// <summary>Bytes of data the other side may have unconsumed on all streams. Default 1 MiB.</summary>
    public int ConnectionCreditBytes { get; init; } = 1 << 20;

    /// <summary>Streams the other side may have open at once. Default 4,096.</summary>
    public int MaxStreams { get; init; } = 4096;

    /// <summary>Bytes of data that may wait on a stream before a sender hears <see cref="SendResult.Full"/>. Default 128 KiB.</summary>
    public int StreamQueueBytes { get; init; } = 128 << 10;

    /// <summary>Bytes of answers that may wait for a side that does not read. Default 256 KiB.</summary>
    public int ControlQueueBytes { get; init; } = 256 << 10;

    /// <summary>Most bytes that a stream sends in its turn, unless its next frame alone is longer. Default 16 KiB.</summary>
    public int TurnBytes { get; init; } = 16 << 10;

    /// <summary>Most data in one direction of a job, resumed job or attempt. Default 32 MiB.</summary>
    public long JobBytesMax { get; init; } = 32L << 20;

    /// <summary>Most bytes of attestation evidence. Default 1 MiB.</summary>
    public long EvidenceBytesMax { get; init; } = 1L << 20;

    /// <summary>Silence after which a ping is sent, ms. Default 10,000.</summary>
    public long PingAfterMs { get; init; } = 10_000;

    /// <summary>Silence (no whole frame) after which the link is closed, ms. Default 30,000.</summary>
    public long IdleTimeoutMs { get; init; } = 30_000;

    /// <summary>Time from connecting to ready, ms. Default 10,000.</summary>
    public long HandshakeTimeoutMs { get; init; } = 10_000;

    /// <summary>Most data in one direction of a stream of that kind.</summary>
    public long MaxBytes(StreamKind kind) => kind == StreamKind.Evidence ? EvidenceBytesMax : JobBytesMax;
}
