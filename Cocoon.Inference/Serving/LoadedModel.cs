using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;
using Cocoon.Inference.Model;

namespace Cocoon.Inference.Serving;

/// <summary>A model file with everything that computes it.</summary>
internal sealed class LoadedModel : IDisposable
{
    /// <summary>Prompt tokens of one pass when nobody waits for a next token.</summary>
    public const int FullChunkTokens = 128;

    private LoadedModel(GgufFile file, EngineOptions options)
    {
        File = file;
        Shape = ModelShape.Read(file);
        int context = Math.Min(options.ContextTokens, Shape.ContextTokens);
        int blocks = CacheBlocks(Shape, options, context);
        ContextTokens = (int)Math.Min(context, (long)blocks * KeyValueCache.BlockTokens);
        MatrixKernels kernels = options.Kernels is null ? KernelSet.Best : KernelSet.Find(options.Kernels);
        bool hasRoom = HasRoomToPack(blocks, options);
        if (hasRoom)
            file.ReadAhead();
        Cache = new KeyValueCache(Shape, options.CacheFormat, blocks);
        Team = new ThreadTeam(options.Threads);
        MaxBatchTokens = Math.Max(FullChunkTokens, options.ChunkTokens) + options.MaxConcurrent;
        Transformer = new Transformer(file, Cache, Team, kernels, MaxBatchTokens, options.MaxConcurrent, ContextTokens, hasRoom);
    }

    public GgufFile File { get; }

    public ModelShape Shape { get; }

    /// <summary>Longest sequence, in tokens.</summary>
    public int ContextTokens { get; }

    public int MaxBatchTokens { get; }

    public KeyValueCache Cache { get; }

    public ThreadTeam Team { get; }

    public Transformer Transformer { get; }

    /// <summary>Opens a model file. Throws <see cref="GgufException"/> or <see cref="ModelException"/> for one that will not run.</summary>
    public static LoadedModel Open(string path, EngineOptions options)
    {
        options.Validate();
        GgufFile file = GgufFile.Open(path);
        try
        {
            return new LoadedModel(file, options);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Blocks of the key-value cache that the options ask for.</summary>
    public static int CacheBlocks(ModelShape shape, EngineOptions options, int contextTokens)
    {
        long wanted = options.CacheTokens > 0 ? options.CacheTokens : (long)contextTokens * options.MaxConcurrent;
        long blocks = (wanted + KeyValueCache.BlockTokens - 1) / KeyValueCache.BlockTokens;
        if (options.CacheTokens == 0)
        {
            long room = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 / KeyValueCache.BlockBytes(shape, options.CacheFormat);
            blocks = Math.Clamp(room, 1, blocks);
        }

        return (int)Math.Min(blocks, int.MaxValue / KeyValueCache.BlockTokens);
    }

    /// <summary>Packed weights cannot be dropped and read again like a file's pages: they must fit beside the cache, with a fifth of the memory to spare.</summary>
    private bool HasRoomToPack(int blocks, EngineOptions options)
    {
        double needed = File.Length + ((double)blocks * KeyValueCache.BlockBytes(Shape, options.CacheFormat));
        return needed * 1.25 < GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    public void Dispose()
    {
        Transformer.Dispose();
        Team.Dispose();
        Cache.Dispose();
        File.Dispose();
    }
}
