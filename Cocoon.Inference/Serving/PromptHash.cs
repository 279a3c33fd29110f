using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Inference.Model;

namespace Cocoon.Inference.Serving;

/// <summary>
/// Names of a prompt's full blocks: each is a hash over the scope, everything before the block, and the block. SHA-256, cut to 128 bits,
/// so that nobody can make two prompts meet.
/// </summary>
internal static class PromptHash
{
    public static UInt128[] Compute(string scope, ReadOnlySpan<int> prompt)
    {
        UInt128[] hashes = new UInt128[prompt.Length / KeyValueCache.BlockTokens];
        Span<byte> state = stackalloc byte[SHA256.HashSizeInBytes + (KeyValueCache.BlockTokens * sizeof(int))];
        SHA256.HashData(Encoding.UTF8.GetBytes(scope), state);
        for (int i = 0; i < hashes.Length; i++)
        {
            MemoryMarshal.AsBytes(prompt.Slice(i * KeyValueCache.BlockTokens, KeyValueCache.BlockTokens)).CopyTo(state[SHA256.HashSizeInBytes..]);
            SHA256.HashData(state, state);
            hashes[i] = BinaryPrimitives.ReadUInt128LittleEndian(state);
        }

        return hashes;
    }
}
