using System.Text;

namespace Cocoon.Inference.Gguf;

/// <summary>Writes GGUF version 3 files: values and tensor descriptions are given first, then the data tensor by tensor.</summary>
internal sealed class GgufWriter : IDisposable
{
    private const int Alignment = 32;

    private readonly MemoryStream _values = new();
    private readonly List<(string Name, GgufTensorType Type, long[] Dimensions, Action<Stream> Write)> _tensors = [];
    private long _valueCount;

    public void Add(string key, string value)
    {
        Key(key, GgufValueType.String);
        Text(_values, value);
    }

    public void Add(string key, uint value)
    {
        Key(key, GgufValueType.UInt32);
        _values.Write(BitConverter.GetBytes(value));
    }

    public void Add(string key, float value)
    {
        Key(key, GgufValueType.Float32);
        _values.Write(BitConverter.GetBytes(value));
    }

    /// <summary>A tensor; <paramref name="write"/> writes exactly its bytes when its turn comes.</summary>
    public void AddTensor(string name, GgufTensorType type, long[] dimensions, Action<Stream> write) => _tensors.Add((name, type, dimensions, write));

    public void WriteTo(Stream stream)
    {
        stream.Write("GGUF"u8);
        stream.Write(BitConverter.GetBytes(3u));
        stream.Write(BitConverter.GetBytes((long)_tensors.Count));
        stream.Write(BitConverter.GetBytes(_valueCount));
        _values.WriteTo(stream);
        long offset = 0;
        foreach ((string name, GgufTensorType type, long[] dimensions, _) in _tensors)
        {
            Text(stream, name);
            stream.Write(BitConverter.GetBytes(dimensions.Length));
            foreach (long dimension in dimensions)
                stream.Write(BitConverter.GetBytes(dimension));
            stream.Write(BitConverter.GetBytes((uint)type));
            stream.Write(BitConverter.GetBytes(offset));
            offset += Padded(ByteLength(type, dimensions));
        }

        Pad(stream, stream.Position);
        foreach ((string name, GgufTensorType type, long[] dimensions, Action<Stream> write) in _tensors)
        {
            long start = stream.Position, bytes = ByteLength(type, dimensions);
            write(stream);
            if (stream.Position - start != bytes)
                throw new InvalidOperationException($"{name} wrote {stream.Position - start} bytes instead of {bytes}");
            Pad(stream, bytes);
        }
    }

    public void Dispose() => _values.Dispose();

    private static long ByteLength(GgufTensorType type, long[] dimensions) =>
        GgufTensorTypes.RowBytes(type, dimensions[0]) * dimensions.Skip(1).Aggregate(1L, (product, dimension) => product * dimension);

    private static long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream stream, long length) => stream.Write(new byte[Padded(length) - length]);

    private static void Text(Stream stream, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        stream.Write(BitConverter.GetBytes((long)utf8.Length));
        stream.Write(utf8);
    }

    private void Key(string key, GgufValueType type)
    {
        _valueCount++;
        Text(_values, key);
        _values.Write(BitConverter.GetBytes((uint)type));
    }
}
