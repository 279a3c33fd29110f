using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Cocoon.Inference.Gguf;

/// <summary>Typed access to a file's key-value pairs. A key that is absent or of another type throws <see cref="GgufException"/> naming it.</summary>
public sealed class GgufMetadata
{
    private readonly GgufBytes _bytes;
    private readonly Dictionary<string, GgufValue> _values;

    internal GgufMetadata(GgufBytes bytes, Dictionary<string, GgufValue> values) => (_bytes, _values) = (bytes, values);

    /// <summary>All keys.</summary>
    public IReadOnlyCollection<string> Keys => _values.Keys;

    /// <summary>True when the key is present.</summary>
    public bool Contains(string key) => _values.ContainsKey(key);

    /// <summary>Type and place of a value, or false.</summary>
    public bool TryGet(string key, out GgufValue value) => _values.TryGetValue(key, out value);

    /// <summary>An integer of any width. Throws when it is absent, no integer, or outside <see cref="long"/>.</summary>
    public long GetInt64(string key) => Integer(key, Require(key));

    /// <summary>The same with a default for an absent key.</summary>
    public long GetInt64(string key, long absent) => _values.TryGetValue(key, out GgufValue value) ? Integer(key, value) : absent;

    /// <summary>An integer between two bounds, both allowed.</summary>
    public int GetInt32(string key, int least, int most)
    {
        long value = GetInt64(key);
        if (value < least || value > most)
            throw new GgufException(key, $"{value} is not between {least} and {most}");
        return (int)value;
    }

    /// <summary>The same with a default for an absent key.</summary>
    public int GetInt32(string key, int absent, int least, int most) => Contains(key) ? GetInt32(key, least, most) : absent;

    /// <summary>A float of 32 or 64 bits; must be finite.</summary>
    public float GetSingle(string key)
    {
        GgufValue value = Require(key);
        ReadOnlySpan<byte> bytes = _bytes.Span(value.Offset, 8 > value.Length ? (int)value.Length : 8);
        float result = value.Type switch
        {
            GgufValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            GgufValueType.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            _ => throw new GgufException(key, $"is {Describe(value)}, not a float"),
        };
        return float.IsFinite(result) ? result : throw new GgufException(key, $"{result} is not finite");
    }

    /// <summary>The same with a default for an absent key.</summary>
    public float GetSingle(string key, float absent) => Contains(key) ? GetSingle(key) : absent;

    /// <summary>A truth value.</summary>
    public bool GetBoolean(string key, bool absent)
    {
        if (!_values.TryGetValue(key, out GgufValue value))
            return absent;
        if (value.Type != GgufValueType.Bool)
            throw new GgufException(key, $"is {Describe(value)}, not a truth value");
        return _bytes.Span(value.Offset, 1)[0] != 0;
    }

    /// <summary>The bytes of a string; valid until the file is disposed.</summary>
    public ReadOnlySpan<byte> GetUtf8(string key)
    {
        GgufValue value = Require(key);
        if (value.Type != GgufValueType.String || value.Length > int.MaxValue)
            throw new GgufException(key, $"is {Describe(value)}, not a string");
        return _bytes.Span(value.Offset, (int)value.Length);
    }

    /// <summary>A string; bytes that are not UTF-8 become U+FFFD.</summary>
    public string GetString(string key) => Encoding.UTF8.GetString(GetUtf8(key));

    /// <summary>The same with a default for an absent key.</summary>
    public string? GetString(string key, string? absent) => Contains(key) ? GetString(key) : absent;

    /// <summary>An array of integers of any width up to 64 bits that all fit 32 signed bits.</summary>
    public int[] GetInt32Array(string key)
    {
        GgufValue value = RequireArray(key);
        int size = ElementBytes(key, value);
        int[] result = new int[ArrayLength(key, value)];
        for (int i = 0; i < result.Length; i++)
        {
            long element = Integer(key, value with { Type = value.ElementType, Offset = value.Offset + ((long)i * size), Length = size });
            if (element is < int.MinValue or > int.MaxValue)
                throw new GgufException($"{key}[{i}]", $"{element} does not fit 32 bits");
            result[i] = (int)element;
        }

        return result;
    }

    /// <summary>An array of 32-bit floats.</summary>
    public float[] GetSingleArray(string key)
    {
        GgufValue value = RequireArray(key);
        if (value.ElementType != GgufValueType.Float32)
            throw new GgufException(key, $"is {Describe(value)}, not an array of 32-bit floats");
        float[] result = new float[ArrayLength(key, value)];
        _bytes.Span(value.Offset, checked(result.Length * 4)).CopyTo(MemoryMarshal.AsBytes(result.AsSpan()));
        return result;
    }

    /// <summary>An array of strings as their bytes.</summary>
    public byte[][] GetUtf8Array(string key)
    {
        GgufValue value = RequireArray(key);
        if (value.ElementType != GgufValueType.String)
            throw new GgufException(key, $"is {Describe(value)}, not an array of strings");
        byte[][] result = new byte[ArrayLength(key, value)][];
        long offset = value.Offset;
        for (int i = 0; i < result.Length; i++)
        {
            long length = BinaryPrimitives.ReadInt64LittleEndian(_bytes.Span(offset, 8));
            result[i] = _bytes.Span(offset + 8, checked((int)length)).ToArray();
            offset += 8 + length;
        }

        return result;
    }

    /// <summary>An array of strings; bytes that are not UTF-8 become U+FFFD.</summary>
    public string[] GetStringArray(string key) => Array.ConvertAll(GetUtf8Array(key), Encoding.UTF8.GetString);

    private static string Describe(GgufValue value) =>
        value.Type == GgufValueType.Array ? $"an array of {value.Count} {value.ElementType}" : value.Type.ToString();

    private static int ArrayLength(string key, GgufValue value) =>
        value.Count <= Array.MaxLength ? (int)value.Count : throw new GgufException(key, $"{value.Count} elements are too many");

    private static int ElementBytes(string key, GgufValue value) => value.ElementType == GgufValueType.String
        ? throw new GgufException(key, $"is {Describe(value)}, not an array of numbers")
        : value.Count == 0 ? 1 : (int)(value.Length / value.Count);

    private GgufValue Require(string key) =>
        _values.TryGetValue(key, out GgufValue value) ? value : throw new GgufException(key, "is missing");

    private GgufValue RequireArray(string key)
    {
        GgufValue value = Require(key);
        return value.Type == GgufValueType.Array ? value : throw new GgufException(key, $"is {Describe(value)}, not an array");
    }

    private long Integer(string key, GgufValue value)
    {
        ReadOnlySpan<byte> bytes = _bytes.Span(value.Offset, (int)Math.Min(value.Length, 8));
        return value.Type switch
        {
            GgufValueType.UInt8 or GgufValueType.Bool => bytes[0],
            GgufValueType.Int8 => (sbyte)bytes[0],
            GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            GgufValueType.UInt64 when BinaryPrimitives.ReadUInt64LittleEndian(bytes) is <= long.MaxValue and ulong large => (long)large,
            _ => throw new GgufException(key, $"is {Describe(value)}, not an integer that fits 63 bits"),
        };
    }
}
