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

    // Preparing one takes longer than a short message does. One is kept; a second caller at the same time makes its own.
    private IncrementalHash? idle;

    /// <summary>Takes 32 random bytes; any other length throws <see cref="ArgumentException"/>.</summary>
    public LedgerKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != 32)
            throw new ArgumentException($"a ledger key has 32 bytes, not {key.Length}", nameof(key));
        this.key = key.ToArray();
    }

    /// <summary>HMAC-SHA-256 of <paramref name="message"/>. Thread safe.</summary>
    public Bytes32 Mac(ReadOnlySpan<byte> message)
    {
        Bytes32 mac = default;
        IncrementalHash hash = Interlocked.Exchange(ref idle, null) ?? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(message);
        hash.GetHashAndReset(mac);
        Interlocked.Exchange(ref idle, hash)?.Dispose();
        return mac;
    }
}
