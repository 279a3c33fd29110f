using System.Buffers.Binary;
using Cocoon.Actors.Persistence;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// A claim names a job to whoever has the ledger's key, and to nobody else: the worker that was given it learns no account from it, and only
/// that worker can use it. Layout: tag (16), then account, session and number under the tag's key stream (32 + 8 + 8). Nothing is kept for it,
/// so it holds through a restart of the proxy and on every node of the operator.
/// </summary>
internal sealed class WorkClaims(LedgerKey key)
{
    public const int Length = TagLength + JobLength;

    private const int TagLength = 16;
    private const int JobLength = 48;

    public byte[] Of(JobId job, PublicKey worker)
    {
        byte[] claim = new byte[Length];
        Span<byte> body = claim.AsSpan(TagLength);
        job.Account.Value.AsSpan().CopyTo(body);
        BinaryPrimitives.WriteUInt64BigEndian(body[32..], job.Session.Value);
        BinaryPrimitives.WriteInt64BigEndian(body[40..], job.Number);
        TagOf(body, worker).AsSpan()[..TagLength].CopyTo(claim);
        Cover(claim);
        return claim;
    }

    /// <summary>The job of a claim that was made for <paramref name="worker"/>; false for any other bytes.</summary>
    public bool TryRead(ReadOnlySpan<byte> claim, PublicKey worker, out JobId job)
    {
        job = default;
        if (claim.Length != Length)
            return false;
        Span<byte> open = stackalloc byte[Length];
        claim.CopyTo(open);
        Cover(open);
        ReadOnlySpan<byte> body = open[TagLength..];
        if (!TagOf(body, worker).AsSpan()[..TagLength].SequenceEqual(claim[..TagLength]))
            return false;
        job = new JobId(
            new AccountId(Bytes32.From(body[..32])),
            new SessionId(BinaryPrimitives.ReadUInt64BigEndian(body[32..])),
            BinaryPrimitives.ReadInt64BigEndian(body[40..]));
        return true;
    }

    private Bytes32 TagOf(ReadOnlySpan<byte> body, PublicKey worker)
    {
        Span<byte> message = stackalloc byte[8 + 32 + JobLength];
        "claim of"u8.CopyTo(message);
        worker.Value.AsSpan().CopyTo(message[8..]);
        body.CopyTo(message[40..]);
        return key.Mac(message);
    }

    /// <summary>Covers the body with a stream that the tag chooses; doing it twice uncovers it.</summary>
    private void Cover(Span<byte> claim)
    {
        Span<byte> message = stackalloc byte[8 + TagLength + 1];
        "claim by"u8.CopyTo(message);
        claim[..TagLength].CopyTo(message[8..]);
        Span<byte> body = claim[TagLength..];
        for (int block = 0; block * 32 < JobLength; block++)
        {
            message[^1] = (byte)block;
            Bytes32 stream = key.Mac(message);
            Span<byte> part = body[(block * 32)..Math.Min(JobLength, (block + 1) * 32)];
            for (int i = 0; i < part.Length; i++)
                part[i] ^= stream.AsSpan()[i];
        }
    }
}
