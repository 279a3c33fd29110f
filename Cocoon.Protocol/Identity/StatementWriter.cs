using System.Buffers.Binary;

namespace Cocoon.Protocol.Identity;

/// <summary>Fills a fixed layout from the front. Numbers are big-endian, as in a TON cell, so that a contract can read them.</summary>
internal ref struct StatementWriter(Span<byte> destination)
{
    private Span<byte> rest = destination;

    public readonly int Left => rest.Length;

    public StatementWriter Head(StatementTag tag, Scope scope)
    {
        UInt32((uint)tag);
        Key(scope.Network.Value);
        Key(scope.Operator.Value);
        return this;
    }

    public void Byte(byte value)
    {
        rest[0] = value;
        rest = rest[1..];
    }

    public void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(rest, value);
        rest = rest[2..];
    }

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(rest, value);
        rest = rest[4..];
    }

    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(rest, value);
        rest = rest[8..];
    }

    public void NotNegative(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        UInt64((ulong)value);
    }

    public void Key(Bytes32 value) => Bytes(value.AsSpan());

    public void Bytes(scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(rest);
        rest = rest[value.Length..];
    }
}
