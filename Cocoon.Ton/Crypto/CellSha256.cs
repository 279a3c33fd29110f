using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Crypto;

/// <summary>
/// SHA-256 of short messages. A cell is at most five blocks, and asking the operating system's library for a digest object costs more
/// than hashing them: libcrypto's block function is called directly where it is there and agrees with .NET's, else .NET's serves.
/// </summary>
internal static unsafe class CellSha256
{
    /// <summary>The longest message, in bytes: 2 descriptors, 128 of data, 4 depths and 4 hashes, and what padding adds fits 5 blocks.</summary>
    public const int MaxLength = 311;

    private const int BlockLength = 64;

    private static readonly bool Direct = LibCrypto.IsPresent && AgreesWithPlatform();

    /// <summary>Hashes <paramref name="message"/>, at most <see cref="MaxLength"/> bytes.</summary>
    public static Bits256 Hash(ReadOnlySpan<byte> message)
    {
        if (Direct)
            return HashDirect(message);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message, hash);
        return new Bits256(hash);
    }

    private static bool AgreesWithPlatform()
    {
        if (!LibCrypto.Exports("SHA256_Update"))
            return false;
        byte[] message = new byte[MaxLength];
        for (int index = 0; index < message.Length; index++)
            message[index] = (byte)(index * 7);
        foreach (int length in (ReadOnlySpan<int>)[0, 1, 55, 56, 63, 64, 119, 120, 266, MaxLength])
        {
            if (HashDirect(message.AsSpan(0, length)) != new Bits256(SHA256.HashData(message.AsSpan(0, length))))
                return false;
        }

        return true;
    }

    [SkipLocalsInit]
    private static Bits256 HashDirect(ReadOnlySpan<byte> message)
    {
        if (message.Length > MaxLength)
            throw new ArgumentException($"at most {MaxLength} bytes, got {message.Length}", nameof(message));

        // FIPS 180-4, 5.1.1: a one bit, zeros, and the length in bits fill the last block.
        byte* padded = stackalloc byte[5 * BlockLength];
        int length = (message.Length + 9 + BlockLength - 1) / BlockLength * BlockLength;
        Span<byte> blocks = new(padded, length);
        message.CopyTo(blocks);
        blocks[message.Length..].Clear();
        blocks[message.Length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(blocks[^8..], (ulong)message.Length * 8);

        State state = default;
        state.H0 = 0x6a09e667;
        state.H1 = 0xbb67ae85;
        state.H2 = 0x3c6ef372;
        state.H3 = 0xa54ff53a;
        state.H4 = 0x510e527f;
        state.H5 = 0x9b05688c;
        state.H6 = 0x1f83d9ab;
        state.H7 = 0x5be0cd19;
        state.DigestLength = SHA256.HashSizeInBytes;
        _ = LibCrypto.SHA256_Update(&state, padded, (nuint)length);

        Span<uint> words = new(&state, 8);
        if (BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(words, words);
        return new Bits256(MemoryMarshal.AsBytes(words));
    }

    /// <summary>SHA256_CTX of OpenSSL's <c>sha.h</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public uint H0, H1, H2, H3, H4, H5, H6, H7;
        public uint BitsLow, BitsHigh;
        public Block Pending;
        public uint PendingLength, DigestLength;
    }

    [InlineArray(BlockLength)]
    private struct Block
    {
        private byte first;
    }
}
