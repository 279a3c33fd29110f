using System.Text;
using Cocoon.Inference.Gguf;

namespace Cocoon.Tests.Inference.Tokenizers;

/// <summary>Writes model files that hold metadata only, to test vocabularies with.</summary>
internal sealed class VocabularyFile
{
    private readonly MemoryStream values = new();
    private long count;

    public VocabularyFile With(string key, string value)
    {
        Key(key, 8);
        Text(Encoding.UTF8.GetBytes(value));
        return this;
    }

    public VocabularyFile With(string key, int value)
    {
        Key(key, 5);
        values.Write(BitConverter.GetBytes(value));
        return this;
    }

    public VocabularyFile With(string key, bool value)
    {
        Key(key, 7);
        values.WriteByte(value ? (byte)1 : (byte)0);
        return this;
    }

    public VocabularyFile With(string key, IReadOnlyList<string> items)
    {
        Array(key, 8, items.Count);
        foreach (string item in items)
            Text(Encoding.UTF8.GetBytes(item));
        return this;
    }

    public VocabularyFile With(string key, IReadOnlyList<int> items)
    {
        Array(key, 5, items.Count);
        foreach (int item in items)
            values.Write(BitConverter.GetBytes(item));
        return this;
    }

    public VocabularyFile With(string key, IReadOnlyList<float> items)
    {
        Array(key, 6, items.Count);
        foreach (float item in items)
            values.Write(BitConverter.GetBytes(item));
        return this;
    }

    public GgufMetadata ToMetadata() => GgufFile.Parse(ToBytes()).Metadata;

    public byte[] ToBytes()
    {
        using MemoryStream file = new();
        file.Write("GGUF"u8);
        file.Write(BitConverter.GetBytes(3));
        file.Write(BitConverter.GetBytes(0L));
        file.Write(BitConverter.GetBytes(count));
        values.WriteTo(file);
        return file.ToArray();
    }

    private void Array(string key, int type, int length)
    {
        Key(key, 9);
        values.Write(BitConverter.GetBytes(type));
        values.Write(BitConverter.GetBytes((long)length));
    }

    private void Key(string key, int type)
    {
        count++;
        Text(Encoding.UTF8.GetBytes(key));
        values.Write(BitConverter.GetBytes(type));
    }

    private void Text(byte[] bytes)
    {
        values.Write(BitConverter.GetBytes((long)bytes.Length));
        values.Write(bytes);
    }
}
