using System.Buffers.Binary;

namespace Cocoon.Protocol.Identity;

/// <summary>Reads a fixed layout from the front. A read past the end gives zeros and leaves <see cref="Failed"/> set.</summary>
internal ref struct StatementReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> rest = source;

    /// <summary>Whether any read went past the end, or a value was out of its range.</summary>
    public bool Failed { get; private set; }

    /// <summary>Whether everything was read, and nothing failed.</summary>
    public readonly bool Complete => !Failed && rest.IsEmpty;

    public bool Head(StatementTag tag, out Scope scope)
    {
        bool matches = UInt32() == (uint)tag;
        NetworkId network = new(Key());
        scope = new Scope(network, new PublicKey(Key()));
        return matches && !Failed;
    }

    public byte Byte() => Take(1) is { IsEmpty: false } bytes ? bytes[0] : (byte)0;

    public ushort UInt16() => Take(2) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (ushort)0;

    public uint UInt32() => Take(4) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;

    public ulong UInt64() => Take(8) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;

    public long NotNegative()
    {
        ulong value = UInt64();
        Failed |= value > long.MaxValue;
        return (long)(value & long.MaxValue);
    }

    public Bytes32 Key() => Take(Bytes32.Length) is { IsEmpty: false } bytes ? Bytes32.From(bytes) : default;

    public ReadOnlySpan<byte> Take(int length)
    {
        if (rest.Length < length)
        {
            Failed = true;
            rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
