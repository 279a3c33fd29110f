using System.Security.Cryptography;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Persistence;

/// <summary>
/// The key under which every batch and snapshot carries an HMAC-SHA-256, so that nobody without it can extend or rewrite a journal.
/// A file in development; sealed to attested nodes later.
/// </summary>
public sealed class LedgerKey
{
    private readonly byte[] key;

    /// <summary>Takes 32 random bytes; any other length throws <see cref="ArgumentException"/>.</summary>
    public LedgerKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != 32)
            throw new ArgumentException($"a ledger key has 32 bytes, not {key.Length}", nameof(key));
        this.key = key.ToArray();
    }

    /// <summary>HMAC-SHA-256 of <paramref name="message"/>.</summary>
    public Bytes32 Mac(ReadOnlySpan<byte> message)
    {
        Bytes32 mac = default;
        HMACSHA256.HashData(key, message, mac);
        return mac;
    }
}
