using System.Diagnostics;
using System.Runtime.InteropServices;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Model;
using Cocoon.Inference.OpenAi;
using Cocoon.Inference.Serving;
using Cocoon.Inference.Templates;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Inference.Embedded;

/// <summary>What a model file holds, whether it runs here, and what it would need.</summary>
public sealed record ModelReport
{
    private const double DecodeShareOfBandwidth = 0.7;

    /// <summary>The model's own name.</summary>
    public required string Name { get; init; }

    /// <summary>Its architecture as the file writes it.</summary>
    public required string Architecture { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Weights, over all tensors.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes of tensors by type.</summary>
    public required IReadOnlyDictionary<string, long> BytesByType { get; init; }

    /// <summary>The licence that the file states, or null.</summary>
    public string? License { get; init; }

    /// <summary>Kind of its tokenizer, or null when it cannot be read.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Tokens of the vocabulary.</summary>
    public int VocabularySize { get; init; }

    /// <summary>Longest sequence it was made for, in tokens.</summary>
    public int ContextTokens { get; init; }

    /// <summary>True when it has a chat template that this engine renders.</summary>
    public bool CanChat { get; init; }

    /// <summary>How it calls tools: None, Hermes or Llama3.</summary>
    public string Tools { get; init; } = "None";

    /// <summary>Bytes of the key-value cache for one token, at 16 bits.</summary>
    public long CacheBytesPerToken { get; init; }

    /// <summary>Memory that serving it would take with the options given: file, cache and a tenth more, in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Memory that this process may use, in bytes.</summary>
    public long AvailableMemoryBytes { get; init; }

    /// <summary>Expected tokens per second of one answer, from memory bandwidth measured now; null when it will not run.</summary>
    public double? DecodeTokensPerSecond { get; init; }

    /// <summary>Everything that keeps it from running here; empty when it will run.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>True when it will run here.</summary>
    public bool Runs => Problems.Count == 0;

    /// <summary>Reads a file's directory, without loading its weights. Throws <see cref="GgufException"/> when the file itself is damaged.</summary>
    /// <param name="path">The GGUF file.</param>
    /// <param name="options">As it would be served.</param>
    public static ModelReport Read(string path, EngineOptions options)
    {
        using GgufFile file = GgufFile.Open(path);
        GgufMetadata metadata = file.Metadata;
        List<string> problems = [];
        ModelShape? shape = Try(problems, () => ModelShape.Read(file));
        Tokenizer? tokenizer = Try(problems, () => Tokenizers.Tokenizer.Read(metadata));
        string? source = metadata.GetString("tokenizer.chat_template", null);
        ChatTemplate? template = source is null ? null : Try(problems, () => ChatTemplate.Parse(source));
        foreach (string type in file.Tensors.Select(tensor => tensor.Type).Distinct().Where(type => !IsSupported(type)).Select(type => type.ToString()))
            problems.Add($"tensors of type {type} are not supported, only F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K and Q6_K");
        long cachePerToken = shape is null ? 0 : KeyValueCache.BlockBytes(shape, KeyValueFormat.F16) / KeyValueCache.BlockTokens;
        int context = shape is null ? 0 : Math.Min(options.ContextTokens, shape.ContextTokens);
        long cache = shape is null ? 0 : LoadedModel.CacheBlocks(shape, options, context) * KeyValueCache.BlockBytes(shape, options.CacheFormat);
        long memory = (long)((file.Length + cache) * 1.1);
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (memory > available)
            problems.Add($"serving it takes {memory / 1_000_000:N0} MB of memory, but only {available / 1_000_000:N0} MB are there");
        return new ModelReport
        {
            Name = metadata.GetString("general.name", null) ?? Path.GetFileNameWithoutExtension(path),
            Architecture = metadata.GetString("general.architecture", null) ?? "unknown",
            FileBytes = file.Length,
            Parameters = file.Tensors.Sum(tensor => tensor.ElementCount),
            BytesByType = file.Tensors.GroupBy(tensor => tensor.Type).ToDictionary(group => group.Key.ToString(), group => group.Sum(tensor => tensor.ByteLength), StringComparer.Ordinal),
            License = metadata.GetString("general.license", null),
            Tokenizer = tokenizer?.Kind,
            VocabularySize = tokenizer?.Vocabulary.Count ?? 0,
            ContextTokens = shape?.ContextTokens ?? 0,
            CanChat = template is not null,
            Tools = source is null ? nameof(ToolFormat.None) : ToolFormats.Detect(source).ToString(),
            CacheBytesPerToken = cachePerToken,
            MemoryBytes = memory,
            AvailableMemoryBytes = available,
            DecodeTokensPerSecond = problems.Count > 0 ? null : DecodeShareOfBandwidth * ReadBandwidth(options.Threads) / Math.Max(BytesPerToken(file), 1),
            Problems = problems,
        };
    }

    private static T? Try<T>(List<string> problems, Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is GgufException or ModelException or TokenizerException or TemplateException)
        {
            problems.Add(exception.Message);
            return null;
        }
    }

    private static bool IsSupported(GgufTensorType type) => type.ToString() is "F32" or "F16" or "BF16" or "Q8_0" or "Q4_0" or "Q4_K" or "Q5_K" or "Q6_K";

    /// <summary>Weights read for one token: all but a token table that is not the output too.</summary>
    private static long BytesPerToken(GgufFile file)
    {
        long all = file.Tensors.Sum(tensor => tensor.ByteLength);
        bool isTied = file.FindTensor("output.weight") is null;
        return isTied ? all : all - (file.FindTensor("token_embd.weight")?.ByteLength ?? 0);
    }

    /// <summary>Bytes per second that the threads read from memory together, over a block beyond the caches.</summary>
    private static unsafe double ReadBandwidth(int threads)
    {
        const int Megabytes = 192;
        const int Rounds = 3;
        nuint bytes = (nuint)Megabytes << 20;
        ulong* block = (ulong*)NativeMemory.Alloc(bytes);
        try
        {
            new Span<byte>(block, checked((int)bytes)).Fill(1);
            int words = (int)(bytes / sizeof(ulong) / (nuint)threads);
            double best = 0;
            for (int round = 0; round < Rounds; round++)
            {
                long start = Stopwatch.GetTimestamp();
                Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread => Sum(block + (nint)thread * words, words));
                best = Math.Max(best, words * (double)threads * sizeof(ulong) / Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            return best;
        }
        finally
        {
            NativeMemory.Free(block);
        }
    }

    private static unsafe ulong Sum(ulong* words, int count)
    {
        System.Numerics.Vector<ulong> total = default;
        ReadOnlySpan<System.Numerics.Vector<ulong>> vectors = MemoryMarshal.Cast<ulong, System.Numerics.Vector<ulong>>(new ReadOnlySpan<ulong>(words, count));
        foreach (System.Numerics.Vector<ulong> vector in vectors)
            total ^= vector;
        return System.Numerics.Vector.Sum(total);
    }
}
