namespace Cocoon.Inference.Gguf;

/// <summary>The header of a file: values and tensors with every offset and size checked against the file.</summary>
internal sealed class GgufDirectory
{
    private const uint Magic = 0x46554747;
    private const int MaxNameBytes = 1024;
    private const int MaxDimensions = 4;
    private const int DefaultAlignment = 32;
    private const int MaxAlignment = 1 << 20;

    /// <summary>Key length, one byte of key, type and one byte of value: less cannot be.</summary>
    private const int MinValueBytes = 8 + 1 + 4 + 1;

    /// <summary>Name length, one byte of name, dimension count, one dimension, type, offset.</summary>
    private const int MinTensorBytes = 8 + 1 + 4 + 8 + 4 + 8;

    private GgufDirectory(int version, int alignment, Dictionary<string, GgufValue> values, List<GgufTensor> tensors)
    {
        (Version, Alignment, Values, Tensors) = (version, alignment, values, tensors);
    }

    public int Version { get; }

    public int Alignment { get; }

    public Dictionary<string, GgufValue> Values { get; }

    public List<GgufTensor> Tensors { get; }

    public static GgufDirectory Read(GgufBytes bytes)
    {
        GgufCursor cursor = new(bytes);
        if (cursor.UInt32("magic") != Magic)
            throw new GgufException("magic", "is not \"GGUF\": this is not a GGUF file");
        uint version = cursor.UInt32("version");
        if (version is not (2 or 3))
        {
            string hint = (version & 0xffff) == 0 ? " (a big-endian file?)" : "";
            throw new GgufException("version", $"{version} is not supported{hint}, only 2 and 3");
        }

        long tensorCount = cursor.Count("tensor_count", cursor.Remaining / MinTensorBytes);
        long valueCount = cursor.Count("metadata_kv_count", cursor.Remaining / MinValueBytes);
        Dictionary<string, GgufValue> values = new(StringComparer.Ordinal);
        for (long i = 0; i < valueCount; i++)
            ReadValue(ref cursor, $"metadata[{i}]", values);

        int alignment = ReadAlignment(bytes, values);
        List<GgufTensor> tensors = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (long i = 0; i < tensorCount; i++)
        {
            GgufTensor tensor = ReadTensor(ref cursor, $"tensor[{i}]", alignment);
            if (!names.Add(tensor.Name))
                throw new GgufException($"tensor[{i}].name", $"\"{tensor.Name}\" appears twice");
            tensors.Add(tensor);
        }

        long dataStart = checked((cursor.Position + alignment - 1) / alignment * alignment);
        return new GgufDirectory((int)version, alignment, values, Place(tensors, dataStart, bytes.Length));
    }

    private static void ReadValue(ref GgufCursor cursor, string field, Dictionary<string, GgufValue> values)
    {
        string key = cursor.Text(field + ".key", MaxNameBytes);
        string valueField = $"{field} \"{key}\"";
        GgufValueType type = (GgufValueType)cursor.UInt32(valueField + ".type");
        GgufValue value = type switch
        {
            GgufValueType.Array => ReadArray(ref cursor, valueField),
            GgufValueType.String => ReadString(ref cursor, valueField),
            _ => ReadScalar(ref cursor, type, valueField),
        };
        if (!values.TryAdd(key, value))
            throw new GgufException(field + ".key", $"\"{key}\" appears twice");
    }

    private static GgufValue ReadScalar(ref GgufCursor cursor, GgufValueType type, string field)
    {
        int size = ScalarBytes(type, field + ".type");
        long offset = cursor.Position;
        cursor.Skip(size, field);
        return new GgufValue(type, type, 1, offset, size);
    }

    private static GgufValue ReadString(ref GgufCursor cursor, string field)
    {
        long length = cursor.Count(field + ".length", cursor.Remaining);
        long offset = cursor.Position;
        cursor.Skip(length, field);
        return new GgufValue(GgufValueType.String, GgufValueType.String, 1, offset, length);
    }

    private static GgufValue ReadArray(ref GgufCursor cursor, string field)
    {
        GgufValueType element = (GgufValueType)cursor.UInt32(field + ".element_type");
        if (element == GgufValueType.String)
        {
            long strings = cursor.Count(field + ".count", cursor.Remaining / 8);
            long start = cursor.Position;
            for (long i = 0; i < strings; i++)
                cursor.Skip(cursor.Count(field + ".element.length", cursor.Remaining), field + ".element");
            return new GgufValue(GgufValueType.Array, element, strings, start, cursor.Position - start);
        }

        if (element == GgufValueType.Array)
            throw new GgufException(field + ".element_type", "arrays of arrays are not supported");
        int size = ScalarBytes(element, field + ".element_type");
        long count = cursor.Count(field + ".count", cursor.Remaining / size);
        long offset = cursor.Position;
        cursor.Skip(count * size, field);
        return new GgufValue(GgufValueType.Array, element, count, offset, count * size);
    }

    private static int ScalarBytes(GgufValueType type, string field) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
        _ => throw new GgufException(field, $"{(uint)type} is no known value type"),
    };

    private static int ReadAlignment(GgufBytes bytes, Dictionary<string, GgufValue> values)
    {
        long alignment = new GgufMetadata(bytes, values).GetInt64("general.alignment", DefaultAlignment);
        if (alignment is < 1 or > MaxAlignment || !long.IsPow2(alignment))
            throw new GgufException("general.alignment", $"{alignment} is not a power of two up to {MaxAlignment}");
        return (int)alignment;
    }

    private static GgufTensor ReadTensor(ref GgufCursor cursor, string field, int alignment)
    {
        string name = cursor.Text(field + ".name", MaxNameBytes);
        string named = $"{field} \"{name}\"";
        uint dimensionCount = cursor.UInt32(named + ".n_dimensions");
        if (dimensionCount is < 1 or > MaxDimensions)
            throw new GgufException(named + ".n_dimensions", $"{dimensionCount} is not 1 to {MaxDimensions}");
        long[] dimensions = new long[dimensionCount];
        long elements = 1;
        for (int i = 0; i < dimensions.Length; i++)
        {
            string dimensionField = $"{named}.dimension[{i}]";
            dimensions[i] = cursor.Count(dimensionField, long.MaxValue / 2);
            if (dimensions[i] < 1 || dimensions[i] > long.MaxValue / 16 / elements)
                throw new GgufException(dimensionField, $"{dimensions[i]} makes the tensor empty or too large");
            elements *= dimensions[i];
        }

        GgufTensorType type = (GgufTensorType)cursor.UInt32(named + ".type");
        if (!GgufTensorTypes.TryGetBlock(type, out int blockElements, out int blockBytes))
            throw new GgufException(named + ".type", $"{(uint)type} is no known tensor type");
        if (dimensions[0] % blockElements != 0)
            throw new GgufException(named + ".dimension[0]", $"{dimensions[0]} is not a multiple of {type}'s block of {blockElements}");
        if (elements / blockElements > long.MaxValue / blockBytes)
            throw new GgufException(named + ".dimension[0]", "the tensor's size overflows");
        long offset = cursor.Count(named + ".offset", long.MaxValue / 2);
        if (offset % alignment != 0)
            throw new GgufException(named + ".offset", $"{offset} is not a multiple of the alignment {alignment}");
        return new GgufTensor(name, type, dimensions, offset, elements / blockElements * blockBytes);
    }

    /// <summary>Turns offsets inside the data section into offsets in the file.</summary>
    private static List<GgufTensor> Place(List<GgufTensor> tensors, long dataStart, long fileLength)
    {
        for (int i = 0; i < tensors.Count; i++)
        {
            GgufTensor tensor = tensors[i];
            long room = fileLength - dataStart;
            if (tensor.ByteLength > room || tensor.Offset > room - tensor.ByteLength)
            {
                throw new GgufException(
                    $"tensor[{i}] \"{tensor.Name}\".offset",
                    $"{tensor.ByteLength} bytes at {tensor.Offset} lie outside the data section of {Math.Max(room, 0)} bytes: the file is truncated or damaged");
            }

            tensors[i] = tensor with { Offset = dataStart + tensor.Offset };
        }

        return tensors;
    }
}
