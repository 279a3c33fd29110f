using System.Security.Cryptography;
using Cocoon.Actors.Ports;
using Google.Protobuf;

namespace Cocoon.Simulation.Jobs;

/// <summary>
/// A key that client and workers share and proxies lack: what a proxy relays under it is noise to it. A keystream of SHA-256, which is
/// enough to see whether anybody but the ends reads a body; not for secrets.
/// </summary>
internal sealed class JobSeal(byte[] key) : IBodySeals
{
    /// <summary>What the header says of the key.</summary>
    public ByteString Name { get; } = ByteString.CopyFrom(SHA256.HashData(key)[..8]);

    /// <summary>Seals, or opens what was sealed.</summary>
    public byte[] Apply(ReadOnlySpan<byte> bytes)
    {
        byte[] result = bytes.ToArray();
        byte[] counter = [.. key, 0, 0, 0, 0];
        for (int block = 0; block * 32 < result.Length; block++)
        {
            BitConverter.TryWriteBytes(counter.AsSpan(key.Length), block);
            byte[] stream = SHA256.HashData(counter);
            for (int i = 0; i < 32 && (block * 32) + i < result.Length; i++)
                result[(block * 32) + i] ^= stream[i];
        }

        return result;
    }

    public bool TryOpen(ReadOnlySpan<byte> seal, ReadOnlyMemory<byte> body, out ReadOnlyMemory<byte> opened)
    {
        opened = Apply(body.Span);
        return seal.SequenceEqual(Name.Span);
    }
}
