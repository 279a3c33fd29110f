using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Protocol.Identity;

namespace Cocoon.Protocol.Money;

/// <summary>
/// "At most so much in total to this operator, until then": what a client signs instead of each job. The signature covers exactly
/// these <see cref="Length"/> bytes, big-endian, so that a TON contract can check it with <c>CHKSIGNS</c> (which takes up to 127):
/// <c>"CCL1" | network u32 | operator key 32 | account id 32 | amount u64 | until (unix seconds) u64 | sequence u64</c>.
/// </summary>
/// <param name="Network">The network's id.</param>
/// <param name="Operator">The operator that may charge.</param>
/// <param name="Account">The account that pays.</param>
/// <param name="Amount">Most that may be charged over the account's whole life, in nanoTON; 0 and up.</param>
/// <param name="UntilUnixSeconds">No charge after this instant.</param>
/// <param name="Sequence">Rising: a statement replaces those with lower sequences.</param>
public sealed record CeilingStatement(
    uint Network, PublicKey Operator, AccountId Account, NanoTon Amount, long UntilUnixSeconds, long Sequence)
{
    /// <summary>Size of the signed bytes.</summary>
    public const int Length = 96;

    /// <summary>The number that stands for a network's name: the first four bytes of its SHA-256, big-endian.</summary>
    public static uint NumberOf(string network) => BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(network)));

    private static ReadOnlySpan<byte> Tag => "CCL1"u8;

    /// <summary>The bytes to sign. Throws <see cref="InvalidOperationException"/> when a figure is negative.</summary>
    public byte[] ToBytes()
    {
        if (Amount.Value < 0 || UntilUnixSeconds < 0 || Sequence < 0)
            throw new InvalidOperationException("a ceiling's amount, time and sequence are not negative");
        byte[] bytes = new byte[Length];
        Span<byte> rest = bytes;
        Tag.CopyTo(rest);
        BinaryPrimitives.WriteUInt32BigEndian(rest[4..], Network);
        Operator.Value.AsSpan().CopyTo(rest[8..]);
        Account.Value.AsSpan().CopyTo(rest[40..]);
        BinaryPrimitives.WriteInt64BigEndian(rest[72..], Amount.Value);
        BinaryPrimitives.WriteInt64BigEndian(rest[80..], UntilUnixSeconds);
        BinaryPrimitives.WriteInt64BigEndian(rest[88..], Sequence);
        return bytes;
    }

    /// <summary>Reads signed bytes; false when the length, the tag or the sign of a figure is wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out CeilingStatement? statement)
    {
        statement = null;
        if (bytes.Length != Length || !bytes.StartsWith(Tag))
            return false;
        long amount = BinaryPrimitives.ReadInt64BigEndian(bytes[72..]);
        long until = BinaryPrimitives.ReadInt64BigEndian(bytes[80..]);
        long sequence = BinaryPrimitives.ReadInt64BigEndian(bytes[88..]);
        if (amount < 0 || until < 0 || sequence < 0)
            return false;
        statement = new CeilingStatement(
            BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            new PublicKey(Bytes32.From(bytes.Slice(8, 32))),
            new AccountId(Bytes32.From(bytes.Slice(40, 32))),
            new NanoTon(amount),
            until,
            sequence);
        return true;
    }
}
