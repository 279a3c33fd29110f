using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Cocoon.Protocol.Identity;

namespace Cocoon.Protocol.Receipts;

/// <summary>
/// SHA-256 over tag, 32 bytes of salt and the bytes of a request or answer exactly as relayed, part by part. The salt keeps short bodies from
/// being guessed from a receipt.
/// </summary>
public sealed class RelayedHash : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Starts with a salt that only the parties of the job know.</summary>
    public RelayedHash(Bytes32 salt)
    {
        Span<byte> tag = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(tag, (uint)StatementTag.RelayedHash);
        hash.AppendData(tag);
        hash.AppendData(salt.AsSpan());
    }

    /// <summary>Adds the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

    /// <summary>Adds the next bytes.</summary>
    public void Append(in ReadOnlySequence<byte> bytes)
    {
        foreach (ReadOnlyMemory<byte> segment in bytes)
            hash.AppendData(segment.Span);
    }

    /// <summary>The hash of what was added so far; more may follow.</summary>
    public Bytes32 Current()
    {
        Bytes32 result = default;
        hash.GetCurrentHash(result);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => hash.Dispose();
}
