using System.Runtime.InteropServices;

namespace Cocoon.Benchmarks.Engine;

/// <summary>
/// The few functions of llama.cpp's C interface that a comparison needs, from the prebuilt libraries of the npm package node-llama-cpp
/// 3.22.1 (llama.cpp v0.5.0). Parameter structures are passed by value and change between releases: their known defaults are checked first.
/// </summary>
internal static unsafe partial class LlamaLibrary
{
    private const string Llama = "llama";
    private const string Ggml = "ggml";
    private const int PoolingField = 11;
    private const int FlashAttentionField = 13;
    private const int KeyTypeField = 26;
    private const int ValueTypeField = 27;

    // Four booleans in one word: this one is the first, the other three are true.
    private const int EmbeddingsField = 32;
    private const int EmbeddingsDefault = 0x01010100;
    private const int VocabularyOnlyField = 18;
    private const int VocabularyOnlyDefault = 65536;

    /// <summary>Room for any version's parameters; the library reads and writes only its own.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 512)]
    public struct Parameters
    {
        public fixed int Fields[128];
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Batch
    {
        public int Count;
        public int* Tokens;
        public float* Embeddings;
        public int* Positions;
        public int* SequenceCounts;
        public int** Sequences;
        public sbyte* Logits;
    }

    public static void Load(string folder)
    {
        NativeLibrary.SetDllImportResolver(typeof(LlamaLibrary).Assembly, (name, _, _) => name switch
        {
            Llama => NativeLibrary.Load(Directory.GetFiles(folder, "libllama.v*.so").Single()),
            Ggml => NativeLibrary.Load(Directory.GetFiles(folder, "libggml.v*.so").Single()),
            _ => 0,
        });
        Silence(&Ignore, null);
        LoadBackends(folder);
        Initialise();
    }

    public static nint OpenModel(string path)
    {
        Parameters parameters = ModelDefaults();
        return LoadModel(path, parameters);
    }

    /// <summary>Opens the vocabulary of a file alone.</summary>
    public static nint OpenVocabulary(string path)
    {
        Parameters parameters = ModelDefaults();
        if (parameters.Fields[VocabularyOnlyField] != VocabularyOnlyDefault)
            throw new InvalidOperationException("llama_model_params is not the one of v0.5.0: install the pinned node-llama-cpp 3.22.1");
        parameters.Fields[VocabularyOnlyField] |= 1;
        return LoadModel(path, parameters);
    }

    /// <summary>
    /// A context for one sequence. <paramref name="isExact"/>: keys and values in 32 bits and no flash attention. <paramref name="pooling"/>:
    /// for vectors of texts, 1 for the mean and 3 for the last token's.
    /// </summary>
    public static nint OpenContext(nint model, int tokens, int threads, bool isExact = false, int? pooling = null)
    {
        Parameters parameters = ContextDefaults();
        if (parameters.Fields[0] != 512 || parameters.Fields[1] != 2048 || parameters.Fields[2] != 512 || parameters.Fields[7] != 4 || parameters.Fields[8] != 4
            || parameters.Fields[FlashAttentionField] != -1 || parameters.Fields[KeyTypeField] != 1 || parameters.Fields[ValueTypeField] != 1
            || parameters.Fields[PoolingField] != -1 || parameters.Fields[EmbeddingsField] != EmbeddingsDefault)
            throw new InvalidOperationException("llama_context_params is not the one of v0.5.0: install the pinned node-llama-cpp 3.22.1");
        parameters.Fields[0] = tokens;
        parameters.Fields[7] = threads;
        parameters.Fields[8] = threads;
        if (isExact)
            parameters.Fields[FlashAttentionField] = parameters.Fields[KeyTypeField] = parameters.Fields[ValueTypeField] = 0;
        if (pooling is { } kind)
        {
            parameters.Fields[PoolingField] = kind;
            parameters.Fields[EmbeddingsField] |= 1;
        }

        return NewContext(model, parameters);
    }

    [LibraryImport(Llama, EntryPoint = "llama_batch_get_one")]
    public static partial Batch One(int* tokens, int count);

    [LibraryImport(Llama, EntryPoint = "llama_decode")]
    public static partial int Decode(nint context, Batch batch);

    [LibraryImport(Llama, EntryPoint = "llama_get_logits_ith")]
    public static partial float* Logits(nint context, int index);

    [LibraryImport(Llama, EntryPoint = "llama_model_get_vocab")]
    public static partial nint Vocabulary(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_tokenize")]
    public static partial int Tokenize(
        nint vocabulary, byte* text, int length, int* tokens, int room, [MarshalAs(UnmanagedType.U1)] bool addSpecial, [MarshalAs(UnmanagedType.U1)] bool parseSpecial);

    [LibraryImport(Llama, EntryPoint = "llama_get_embeddings_seq")]
    public static partial float* Embedding(nint context, int sequence);

    [LibraryImport(Llama, EntryPoint = "llama_synchronize")]
    public static partial void Synchronize(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_model_free")]
    public static partial void FreeModel(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_get_memory")]
    public static partial nint Memory(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_memory_clear")]
    public static partial void ClearMemory(nint memory, [MarshalAs(UnmanagedType.U1)] bool data);

    [UnmanagedCallersOnly]
    private static void Ignore(int level, byte* text, void* data)
    {
    }

    [LibraryImport(Llama, EntryPoint = "llama_log_set")]
    private static partial void Silence(delegate* unmanaged<int, byte*, void*, void> callback, void* data);

    [LibraryImport(Llama, EntryPoint = "llama_backend_init")]
    private static partial void Initialise();

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_load_all_from_path", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void LoadBackends(string folder);

    [LibraryImport(Llama, EntryPoint = "llama_model_default_params")]
    private static partial Parameters ModelDefaults();

    [LibraryImport(Llama, EntryPoint = "llama_context_default_params")]
    private static partial Parameters ContextDefaults();

    [LibraryImport(Llama, EntryPoint = "llama_model_load_from_file", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint LoadModel(string path, Parameters parameters);

    [LibraryImport(Llama, EntryPoint = "llama_init_from_model")]
    private static partial nint NewContext(nint model, Parameters parameters);
}
