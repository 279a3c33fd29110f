using System.Text;
using Cocoon.Inference.Gguf;

namespace Cocoon.Tests.Inference.Gguf;

public sealed class GgufFileTests
{
    public static TheoryData<string> SmallModels => ["qwen3-q8_0.gguf", "llama-q4_k.gguf", "qwen3-f16.gguf"];

    [Fact]
    public void Real_file_gives_values_and_tensors()
    {
        using GgufFile file = GgufFile.Open(SharedVectors.Require("models", "cocoon-tiny-en-fr-q8_0.gguf"));
        Assert.Equal(3, file.Version);
        Assert.Equal("qwen3", file.Metadata.GetString("general.architecture"));
        Assert.Equal(6, file.Metadata.GetInt64("qwen3.block_count"));
        Assert.Equal("qwen2", file.Metadata.GetString("tokenizer.ggml.pre"));
        Assert.Equal(4096, file.Metadata.GetStringArray("tokenizer.ggml.tokens").Length);
        Assert.Equal(4096, file.Metadata.GetInt32Array("tokenizer.ggml.token_type").Length);
        GgufTensor embeddings = file.FindTensor("token_embd.weight")!;
        Assert.Equal(192, embeddings.RowLength);
        Assert.Equal(4096, embeddings.RowCount);
        Assert.Equal(GgufTensorType.Q8_0, embeddings.Type);
        Assert.Equal(4096 * (192 / 32) * 34, file.Data(embeddings).Length);
    }

    [Fact]
    public void Every_truncation_of_the_header_is_refused()
    {
        byte[] whole = File.ReadAllBytes(SharedVectors.Require("vectors", "inference", "models", "qwen3-q8_0.gguf"));
        using GgufFile file = GgufFile.Parse(whole);
        int dataStart = (int)file.Tensors.Min(tensor => tensor.Offset);
        for (int length = 1; length < dataStart; length += 13)
        {
            byte[] cut = whole[..length];
            GgufException refused = Assert.Throws<GgufException>(() => GgufFile.Parse(cut));
            Assert.False(string.IsNullOrEmpty(refused.Field));
        }

        Assert.Contains("truncated", Assert.Throws<GgufException>(() => GgufFile.Parse(whole[..^1])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0x58, "magic")]
    [InlineData(4, 9, "version")]
    [InlineData(15, 0x7f, "tensor_count")]
    [InlineData(23, 0x7f, "metadata_kv_count")]
    [InlineData(31, 0x7f, "metadata[0].key.length")]
    public void Hostile_header_names_the_field(int offset, byte value, string field)
    {
        byte[] bytes = File.ReadAllBytes(SharedVectors.Require("vectors", "inference", "models", "qwen3-q8_0.gguf"));
        bytes[offset] = value;
        Assert.Equal(field, Assert.Throws<GgufException>(() => GgufFile.Parse(bytes)).Field);
    }

    [Theory]
    [InlineData("type", 77u, 1L << 5, 0L, "type")]
    [InlineData("odd row", 8u, 33L, 0L, "dimension[0]")]
    [InlineData("huge", 0u, long.MaxValue / 4, 0L, "dimension[0]")]
    [InlineData("misplaced", 0u, 8L, 7L, "offset")]
    [InlineData("beyond the end", 0u, 8L, 1L << 40, "offset")]
    public void Hostile_tensor_names_the_field(string name, uint type, long dimension, long offset, string field)
    {
        byte[] bytes = OneTensor(name, type, dimension, offset);
        GgufException refused = Assert.Throws<GgufException>(() => GgufFile.Parse(bytes));
        Assert.EndsWith("." + field, refused.Field, StringComparison.Ordinal);
        Assert.Contains(name, refused.Field, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_type_or_absence_names_the_key()
    {
        using GgufFile file = GgufFile.Open(SharedVectors.Require("models", "cocoon-tiny-en-fr-q8_0.gguf"));
        Assert.Equal("general.architecture", Assert.Throws<GgufException>(() => file.Metadata.GetInt64("general.architecture")).Field);
        Assert.Equal("no.such", Assert.Throws<GgufException>(() => file.Metadata.GetString("no.such")).Field);
        Assert.Equal("tokenizer.ggml.tokens", Assert.Throws<GgufException>(() => file.Metadata.GetInt32Array("tokenizer.ggml.tokens")).Field);
    }

    [Theory]
    [MemberData(nameof(SmallModels))]
    public void Mutations_give_a_file_or_a_named_error_and_never_a_large_allocation(string model)
    {
        byte[] whole = File.ReadAllBytes(SharedVectors.Require("vectors", "inference", "models", model));
        using GgufFile sound = GgufFile.Parse(whole);
        int headerBytes = (int)sound.Tensors.Min(tensor => tensor.Offset);
        Random random = new(20261121);
        byte[] mutated = new byte[whole.Length];
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            whole.CopyTo(mutated, 0);
            Mutate(mutated.AsSpan(0, headerBytes), random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using GgufFile file = GgufFile.Parse(mutated);
                TouchEverything(file);
            }
            catch (GgufException)
            {
                refused++;
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 8L * headerBytes + 4_000_000, $"round {round} allocated {allocated} bytes for a header of {headerBytes}");
        }

        Assert.InRange(refused, 500, 1999);
    }

    private static void Mutate(Span<byte> header, Random random)
    {
        int edits = random.Next(1, 6);
        for (int i = 0; i < edits; i++)
        {
            // Most fields that matter are at the two ends: counts and keys first, the tensor directory last.
            int window = Math.Min(header.Length, 4096);
            int position = random.Next(3) switch { 0 => random.Next(window), 1 => header.Length - 1 - random.Next(window), _ => random.Next(header.Length) };
            header[position] = random.Next(3) switch { 0 => 0xff, 1 => (byte)(header[position] ^ (1 << random.Next(8))), _ => (byte)random.Next(256) };
        }
    }

    private static void TouchEverything(GgufFile file)
    {
        foreach (string key in file.Metadata.Keys)
        {
            file.Metadata.TryGet(key, out GgufValue value);
            switch (value.Type, value.ElementType)
            {
                case (GgufValueType.Array, GgufValueType.String): file.Metadata.GetUtf8Array(key); break;
                case (GgufValueType.Array, GgufValueType.Float32): file.Metadata.GetSingleArray(key); break;
                case (GgufValueType.Array, GgufValueType.Int32): file.Metadata.GetInt32Array(key); break;
                case (GgufValueType.String, _): file.Metadata.GetString(key); break;
                case (GgufValueType.Float32, _): file.Metadata.GetSingle(key); break;
            }
        }

        long sum = 0;
        foreach (GgufTensor tensor in file.Tensors)
        {
            ReadOnlySpan<byte> data = file.Data(tensor);
            sum += data[0] + data[^1];
        }

        Assert.True(sum >= 0);
    }

    private static byte[] OneTensor(string name, uint type, long dimension, long offset)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream, Encoding.UTF8);
        writer.Write(0x46554747u);
        writer.Write(3u);
        writer.Write(1L);
        writer.Write(0L);
        writer.Write((long)name.Length);
        writer.Write(Encoding.ASCII.GetBytes(name));
        writer.Write(1u);
        writer.Write(dimension);
        writer.Write(type);
        writer.Write(offset);
        writer.Write(new byte[256]);
        writer.Flush();
        return stream.ToArray();
    }
}
