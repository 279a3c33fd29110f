using System.Buffers.Binary;
using Cocoon.Protocol.Identity;

namespace Cocoon.Protocol.Money;

/// <summary>
/// An account on the TON chain with the flags of its friendly form (TEP-2): flags (1), workchain (1), account (32), CRC-16/XMODEM
/// big-endian (2), 36 bytes that people see as 48 characters of base64url.
/// </summary>
/// <param name="Workchain">0, or -1 for the masterchain.</param>
/// <param name="Account">The account within it.</param>
public readonly record struct WalletAddress(int Workchain, Bytes32 Account)
{
    /// <summary>Bytes of the friendly form.</summary>
    public const int Length = 36;

    private const byte Bounceable = 0x11;
    private const byte NonBounceable = 0x51;
    private const byte TestOnly = 0x80;

    /// <summary>Money that the account does not take comes back. False for wallets that may not be deployed yet.</summary>
    public bool IsBounceable { get; init; }

    /// <summary>It must not be paid on the main network.</summary>
    public bool IsTestOnly { get; init; }

    /// <summary>Whether both name the same account, whatever their flags.</summary>
    public bool IsSameAccount(WalletAddress other) => Workchain == other.Workchain && Account == other.Account;

    /// <summary>The 36 bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        bytes[0] = (byte)((IsBounceable ? Bounceable : NonBounceable) | (IsTestOnly ? TestOnly : 0));
        bytes[1] = (byte)(sbyte)Workchain;
        Account.AsSpan().CopyTo(bytes.AsSpan(2));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(34), Checksum(bytes.AsSpan(0, 34)));
        return bytes;
    }

    /// <summary>Reads the 36 bytes; false when flags, workchain or checksum are wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out WalletAddress address)
    {
        address = default;
        if (bytes.Length != Length || (bytes[0] & ~TestOnly) is not (Bounceable or NonBounceable) || (sbyte)bytes[1] is not (0 or -1))
            return false;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes[34..]) != Checksum(bytes[..34]))
            return false;
        address = new WalletAddress((sbyte)bytes[1], Bytes32.From(bytes.Slice(2, 32)))
        {
            IsBounceable = (bytes[0] & ~TestOnly) == Bounceable,
            IsTestOnly = (bytes[0] & TestOnly) != 0,
        };
        return true;
    }

    /// <summary>Reads the 48 characters, base64url or base64 (not both in one); false when they are no address.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out WalletAddress address)
    {
        address = default;
        if (text.Length != 48 || (text.IndexOfAny('-', '_') >= 0 && text.IndexOfAny('+', '/') >= 0))
            return false;
        Span<char> plain = stackalloc char[48];
        for (int i = 0; i < plain.Length; i++)
            plain[i] = text[i] switch { '-' => '+', '_' => '/', '=' => ' ', char other => other };
        Span<byte> bytes = stackalloc byte[Length];
        return Convert.TryFromBase64Chars(plain, bytes, out int written) && written == Length && TryRead(bytes, out address);
    }

    /// <summary>The 48 characters, base64url.</summary>
    public override string ToString() => Convert.ToBase64String(ToBytes()).Replace('+', '-').Replace('/', '_');

    private static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        int crc = 0;
        foreach (byte part in bytes)
        {
            crc ^= part << 8;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
        }

        return (ushort)crc;
    }
}
