using System.Buffers.Binary;
using Cocoon.Protocol.Identity;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Simulation.Network;

/// <summary>
/// A signer that costs nanoseconds: the "signature" is a digest of key and message that anybody could make. Worlds test what is done with
/// signatures, not whether Ed25519 holds; the tests of the real ones are elsewhere.
/// </summary>
internal sealed class SimulatedSigner(PublicKey key) : ISigner
{
    /// <summary>Checks what these signers sign.</summary>
    public static readonly ISignatureVerifier Verifier = new Checker();

    /// <summary>The signer of the <paramref name="number"/>th identity of a kind, the same in every world.</summary>
    public static SimulatedSigner Of(string kind, int number)
    {
        Bytes32 bytes = default;
        Span<byte> target = bytes;
        ulong digest = TrailHash.Digest(System.Text.Encoding.UTF8.GetBytes($"{kind} {number}"));
        for (int i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(target[(8 * i)..], digest);
            digest = TrailHash.Digest(target[..(8 * (i + 1))]);
        }

        return new SimulatedSigner(new PublicKey(bytes));
    }

    /// <inheritdoc/>
    public PublicKey PublicKey => key;

    /// <inheritdoc/>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => Write(key, message, signature);

    private static void Write(PublicKey key, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Bytes32 value = key.Value;
        ulong digest = TrailHash.Digest(message) ^ TrailHash.Digest(value.AsSpan());
        for (int i = 0; i < 8; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(signature[(8 * i)..], digest * (ulong)((2 * i) + 1));
    }

    private sealed class Checker : ISignatureVerifier
    {
        public bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            if (signature.Length != 64)
                return false;
            Span<byte> expected = stackalloc byte[64];
            Write(key, message, expected);
            return signature.SequenceEqual(expected);
        }
    }
}
