using System.Buffers.Binary;
using System.Text;

namespace Cocoon.Inference.Gguf;

/// <summary>Reads little-endian fields of an untrusted file one after the other; every read is checked against its end.</summary>
internal ref struct GgufCursor(GgufBytes bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly GgufBytes _bytes = bytes;

    public long Position { get; private set; }

    public readonly long Remaining => _bytes.Length - Position;

    public ReadOnlySpan<byte> Take(int count, string field)
    {
        if (count > Remaining)
            throw new GgufException(field, $"needs {count} bytes at offset {Position}, the file ends after {Remaining}");
        ReadOnlySpan<byte> span = _bytes.Span(Position, count);
        Position += count;
        return span;
    }

    public uint UInt32(string field) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, field));

    /// <summary>A 64-bit count or size that must not exceed <paramref name="most"/>.</summary>
    public long Count(string field, long most)
    {
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(Take(8, field));
        if (value > (ulong)most)
            throw new GgufException(field, $"{value} is more than the {most} that the file has room for");
        return (long)value;
    }

    public void Skip(long count, string field)
    {
        if (count < 0 || count > Remaining)
            throw new GgufException(field, $"needs {count} bytes at offset {Position}, the file ends after {Remaining}");
        Position += count;
    }

    public string Text(string field, int mostBytes)
    {
        long length = Count(field + ".length", Remaining);
        if (length > mostBytes)
            throw new GgufException(field + ".length", $"{length} bytes, at most {mostBytes} are allowed");
        ReadOnlySpan<byte> utf8 = Take((int)length, field);
        try
        {
            return StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw new GgufException(field, "is not UTF-8");
        }
    }
}
