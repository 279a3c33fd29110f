using System.Security.Cryptography;
using Cocoon.Protocol.Identity;

namespace Cocoon.Client.Network;

/// <summary>
/// Remembers the newest signatures that held. A node signs once for a whole batch of settlements and shows the same certificate with each
/// of their receipts, so most signatures that a busy client checks are ones it has just checked. Bounded; failures are not remembered.
/// </summary>
internal sealed class RememberedSignatures(ISignatureVerifier verifier) : ISignatureVerifier
{
    private const int Kept = 64;
    private const int LongestMessage = 512;
    private const int SignatureLength = 64;

    private readonly Lock gate = new();
    private readonly HashSet<Bytes32> known = [];
    private readonly Queue<Bytes32> oldestFirst = new();

    public bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (message.Length > LongestMessage || signature.Length != SignatureLength)
            return verifier.Verify(key, message, signature);
        Bytes32 digest = DigestOf(key, message, signature);
        lock (gate)
        {
            if (known.Contains(digest))
                return true;
        }

        if (!verifier.Verify(key, message, signature))
            return false;
        lock (gate)
        {
            if (!known.Add(digest))
                return true;
            oldestFirst.Enqueue(digest);
            if (oldestFirst.Count > Kept)
                known.Remove(oldestFirst.Dequeue());
        }

        return true;
    }

    /// <summary>Key and signature have fixed lengths, so no two different questions have the same bytes.</summary>
    private static Bytes32 DigestOf(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> all = stackalloc byte[Bytes32.Length + SignatureLength + LongestMessage];
        key.Value.AsSpan().CopyTo(all);
        signature.CopyTo(all[Bytes32.Length..]);
        message.CopyTo(all[(Bytes32.Length + SignatureLength)..]);
        Bytes32 digest = default;
        SHA256.HashData(all[..(Bytes32.Length + SignatureLength + message.Length)], digest);
        return digest;
    }
}
