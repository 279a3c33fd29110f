using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Cocoon.Protocol.Identity;

/// <summary>An Ed25519 public key (RFC 8032 encoding). Identities are these; TLS keys never are.</summary>
public readonly record struct PublicKey(Bytes32 Value) : IComparable<PublicKey>
{
    /// <inheritdoc/>
    public int CompareTo(PublicKey other) => Value.CompareTo(other.Value);

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString();
}

/// <summary>A client's account: SHA-256 of its public key.</summary>
public readonly record struct AccountId(Bytes32 Value) : IComparable<AccountId>
{
    /// <summary>The id of the account that <paramref name="key"/> controls.</summary>
    public static AccountId Of(PublicKey key)
    {
        Bytes32 hash = default;
        SHA256.HashData(key.Value.AsSpan(), hash);
        return new AccountId(hash);
    }

    /// <summary>The logical shard: the id's first eight bytes, big-endian, modulo the cluster's number of shards.</summary>
    public int Shard(int shardCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shardCount);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(Value.AsSpan()) % (ulong)shardCount);
    }

    /// <inheritdoc/>
    public int CompareTo(AccountId other) => Value.CompareTo(other.Value);

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString();
}
