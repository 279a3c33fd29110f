using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton;

/// <summary>
/// A smart contract's address (TL-B <c>addr_std</c>, TEP-2): a workchain, 0 or -1 (masterchain), and the 256-bit account id.
/// Text forms: raw <c>0:64 hex digits</c>, and friendly, 48 characters with flags and a checksum.
/// </summary>
public sealed class Address : IEquatable<Address>
{
    private const int FriendlyBytes = 36;
    private const int FriendlyCharacters = 48;
    private const byte BounceableTag = 0x11;
    private const byte NonBounceableTag = 0x51;
    private const byte TestOnlyFlag = 0x80;

    /// <summary>Creates an address of its parts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The workchain is neither 0 nor -1.</exception>
    public Address(int workchain, Bits256 hash)
    {
        if (workchain is not (0 or -1))
            throw new ArgumentOutOfRangeException(nameof(workchain), workchain, "TON has the workchains 0 and -1");
        Workchain = workchain;
        Hash = hash;
    }

    /// <summary>0 for the basechain, -1 for the masterchain.</summary>
    public int Workchain { get; }

    /// <summary>The account id: the hash of the contract's initial state.</summary>
    public Bits256 Hash { get; }

    /// <summary>Reads any form: raw or friendly. Use <see cref="ParseFriendly"/> where the flags matter (payouts).</summary>
    /// <exception cref="TonFormatException">The text is not an address; the message says why.</exception>
    public static Address Parse(string text) =>
        text.Contains(':', StringComparison.Ordinal) ? ParseRaw(text) : ParseFriendly(text).Address;

    /// <summary>Reads any form; false when the text is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Address? address)
    {
        address = null;
        if (text is null)
            return false;
        if (text.Contains(':', StringComparison.Ordinal))
            return ReadRaw(text, out address) is null;
        if (ReadFriendly(text, out FriendlyAddress? friendly) is not null)
            return false;
        address = friendly!.Address;
        return true;
    }

    /// <summary>Reads the raw form: <c>0:</c> or <c>-1:</c> and 64 hexadecimal digits.</summary>
    /// <exception cref="TonFormatException">The text is no raw address; the message says why.</exception>
    public static Address ParseRaw(string text) =>
        ReadRaw(text, out Address? address) is string problem ? throw NotAnAddress(text, problem) : address!;

    /// <summary>Reads the friendly form in either base64 alphabet, with its flags.</summary>
    /// <exception cref="TonFormatException">The text is no friendly address; the message says why.</exception>
    public static FriendlyAddress ParseFriendly(string text) =>
        ReadFriendly(text, out FriendlyAddress? address) is string problem ? throw NotAnAddress(text, problem) : address!;

    /// <summary>The raw form.</summary>
    public string ToRawString() => string.Create(CultureInfo.InvariantCulture, $"{Workchain}:{Hash}");

    /// <summary>The friendly form: bounceable and url-safe unless asked otherwise.</summary>
    /// <param name="bounceable">False for a wallet that may not be deployed yet: money sent to it must not bounce.</param>
    /// <param name="testOnly">Whether software for the main network shall refuse the address.</param>
    /// <param name="urlSafe">True for the alphabet with - and _, false for + and /.</param>
    public string ToString(bool bounceable, bool testOnly = false, bool urlSafe = true)
    {
        Span<byte> bytes = stackalloc byte[FriendlyBytes];
        bytes[0] = (byte)((bounceable ? BounceableTag : NonBounceableTag) | (testOnly ? TestOnlyFlag : 0));
        bytes[1] = (byte)(sbyte)Workchain;
        Hash.AsSpan().CopyTo(bytes[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[34..], Crc.Crc16(bytes[..34]));
        string text = Convert.ToBase64String(bytes);
        return urlSafe ? text.Replace('+', '-').Replace('/', '_') : text;
    }

    /// <summary>The friendly form: bounceable, url-safe, for any network.</summary>
    public override string ToString() => ToString(bounceable: true);

    /// <inheritdoc/>
    public bool Equals(Address? other) => other is not null && Workchain == other.Workchain && Hash == other.Hash;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Address);

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode() ^ Workchain;

    /// <summary>Whether both are the same account, or both null.</summary>
    public static bool operator ==(Address? left, Address? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether the accounts differ.</summary>
    public static bool operator !=(Address? left, Address? right) => !(left == right);

    private static TonFormatException NotAnAddress(string text, string problem) =>
        new($"\"{(text.Length <= 80 ? text : text[..80] + "...")}\" is not a TON address: {problem}");

    /// <summary>Returns what is wrong, or null.</summary>
    private static string? ReadRaw(string text, out Address? address)
    {
        address = null;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string workchain = colon < 0 ? text : text[..colon];
        if (colon < 0 || workchain is not ("0" or "-1"))
            return "a raw address starts with 0: or -1:";
        if (!Bits256.TryParseHex(text.AsSpan(colon + 1), out Bits256 hash))
            return "64 hexadecimal digits follow the workchain";
        address = new Address(workchain == "0" ? 0 : -1, hash);
        return null;
    }

    private static string? ReadFriendly(string text, out FriendlyAddress? address)
    {
        address = null;
        if (text.Length != FriendlyCharacters)
            return $"a friendly address has {FriendlyCharacters} characters, this has {text.Length}";
        if (text.AsSpan().ContainsAny('+', '/') && text.AsSpan().ContainsAny('-', '_'))
            return "it mixes the two base64 alphabets";
        Span<byte> bytes = stackalloc byte[FriendlyBytes];
        if (!Convert.TryFromBase64String(text.Replace('-', '+').Replace('_', '/'), bytes, out int length) || length != FriendlyBytes)
            return "it is not base64";
        int tag = bytes[0] & ~TestOnlyFlag;
        if (tag is not (BounceableTag or NonBounceableTag))
            return $"its tag is 0x{bytes[0]:x2}, expected 0x11, 0x51, 0x91 or 0xd1";
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes[34..]) != Crc.Crc16(bytes[..34]))
            return "its checksum is wrong: a character was mistyped";
        int workchain = (sbyte)bytes[1];
        if (workchain is not (0 or -1))
            return $"its workchain is {workchain}, TON has 0 and -1";
        address = new FriendlyAddress(new Address(workchain, new Bits256(bytes[2..34])), tag == BounceableTag, (bytes[0] & TestOnlyFlag) != 0);
        return null;
    }
}
