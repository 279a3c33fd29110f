using System.Security.Cryptography;
using Cocoon.Protocol.Identity;

namespace Cocoon.Client.Network;

/// <summary>
/// Remembers the newest signatures that held. A node signs once for a whole batch of settlements and shows the same certificate with each
/// of their receipts, so most signatures that a busy client checks are ones it has just checked. The others are of few keys, which are
/// prepared once they have come some times. Bounded; failures are not remembered.
/// </summary>
internal sealed class RememberedSignatures(ISignatureVerifier verifier) : ISignatureVerifier
{
    private const int Kept = 64;
    private const int LongestMessage = 512;
    private const int SignatureLength = 64;
    private const int PreparedAfter = 4;
    private const int KeysMax = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<PublicKey, Signer> signers = [];
    private readonly HashSet<Bytes32> known = [];
    private readonly Queue<Bytes32> oldestFirst = new();

    public bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (message.Length > LongestMessage || signature.Length != SignatureLength)
            return verifier.Verify(key, message, signature);
        Bytes32 digest = DigestOf(key, message, signature);
        ISignatureVerifier? prepared;
        lock (gate)
        {
            if (known.Contains(digest))
                return true;
            prepared = signers.GetValueOrDefault(key)?.Prepared;
        }

        if (!(prepared ?? verifier).Verify(key, message, signature))
            return false;
        bool prepare;
        lock (gate)
            prepare = Remember(digest) && CountHeld(key) == PreparedAfter;
        if (prepare)
            Prepare(key, message, signature);
        return true;
    }

    private bool Remember(Bytes32 digest)
    {
        if (!known.Add(digest))
            return false;
        oldestFirst.Enqueue(digest);
        if (oldestFirst.Count > Kept)
            known.Remove(oldestFirst.Dequeue());
        return true;
    }

    private int CountHeld(PublicKey key)
    {
        if (!signers.TryGetValue(key, out Signer? signer))
        {
            // More keys than an operator has at a time: the ones that matter come again.
            if (signers.Count == KeysMax)
                signers.Clear();
            signers.Add(key, signer = new Signer());
        }

        return ++signer.Held;
    }

    /// <summary>One that does not hold what held just now is of no use.</summary>
    private void Prepare(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        ISignatureVerifier prepared = verifier.Prepare(key);
        if (!prepared.Verify(key, message, signature))
            return;
        lock (gate)
        {
            if (signers.TryGetValue(key, out Signer? signer))
                signer.Prepared = prepared;
        }
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

    /// <summary>A key of which signatures held.</summary>
    private sealed class Signer
    {
        public int Held { get; set; }

        public ISignatureVerifier? Prepared { get; set; }
    }
}
