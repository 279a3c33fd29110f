using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Link;

public sealed partial class Link
{
    private const int PingBytes = 8;

    private readonly long startedMs;
    private long lastFrameMs;
    private long pingSentMs = -1;
    private long pingNumber;

    /// <summary>When <see cref="Tick"/> has something to do, in the owner's milliseconds; <see cref="long.MaxValue"/> when closed.</summary>
    public long NextTickMs => State switch
    {
        LinkState.Closed => long.MaxValue,
        LinkState.Ready when pingSentMs < 0 => lastFrameMs + Math.Min(options.PingAfterMs, options.IdleTimeoutMs),
        LinkState.Ready => lastFrameMs + options.IdleTimeoutMs,
        _ => startedMs + options.HandshakeTimeoutMs,
    };

    /// <summary>Round trip of the last ping, ms; -1 before the first.</summary>
    public long RoundTripMs { get; private set; } = -1;

    /// <summary>Sends pings and notices silence. May be called at any time.</summary>
    public void Tick(long nowMs)
    {
        if (State == LinkState.Closed)
            return;
        if (State != LinkState.Ready)
        {
            if (nowMs - startedMs >= options.HandshakeTimeoutMs)
                Fail(LinkReason.HandshakeTimeout, $"not ready after {nowMs - startedMs} ms, {State}");
            return;
        }

        long silentMs = nowMs - lastFrameMs;
        if (silentMs >= options.IdleTimeoutMs)
            Fail(LinkReason.IdleTimeout, $"no frame for {silentMs} ms");
        else if (silentMs >= options.PingAfterMs && pingSentMs < 0)
            SendPing(nowMs);
    }

    /// <summary>Sends a ping now unless one is under way; <see cref="RoundTripMs"/> tells its result.</summary>
    public void SendPing(long nowMs)
    {
        if (State != LinkState.Ready || pingSentMs >= 0 || !HasControlRoom(PingBytes))
            return;
        pingSentMs = nowMs;
        pingNumber++;
        BitConverter.TryWriteBytes(control.Append(Header(0, FrameKind.Ping, PingBytes, false)), pingNumber);
    }

    private void ReceivePing(in FrameHeader header, in ReadOnlySequence<byte> body)
    {
        if (header.Length != PingBytes || header.Stream != 0)
        {
            Fail(LinkReason.Malformed, $"{header.Kind} of {header.Length} bytes on stream {header.Stream}");
            return;
        }

        if (header.Kind == FrameKind.Ping)
        {
            if (HasControlRoom(PingBytes))
                body.CopyTo(control.Append(Header(0, FrameKind.Pong, PingBytes, false)));
            return;
        }

        Span<byte> number = stackalloc byte[PingBytes];
        body.CopyTo(number);
        if (pingSentMs < 0 || BitConverter.ToInt64(number) != pingNumber)
        {
            Fail(LinkReason.UnexpectedPong, "a pong that no ping asked for");
            return;
        }

        RoundTripMs = lastFrameMs - pingSentMs;
        pingSentMs = -1;
    }
}
