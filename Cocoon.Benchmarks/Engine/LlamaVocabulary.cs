using System.Text;

namespace Cocoon.Benchmarks.Engine;

/// <summary>llama.cpp's tokenizer on the vocabulary of a file.</summary>
internal sealed unsafe class LlamaVocabulary : IDisposable
{
    private readonly nint _model;

    public LlamaVocabulary(string path)
    {
        _model = LlamaLibrary.OpenVocabulary(path);
        if (_model == 0)
            throw new InvalidOperationException($"llama.cpp does not load the vocabulary of {path}");
    }

    /// <summary>The tokens of a text alone; the text of special tokens is plain text.</summary>
    public int[] Tokenize(string text) => Tokenize(_model, text, addSpecial: false);

    public void Dispose() => LlamaLibrary.FreeModel(_model);

    internal static int[] Tokenize(nint model, string text, bool addSpecial)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int[] tokens = new int[bytes.Length + 8];
        fixed (byte* source = bytes)
        fixed (int* target = tokens)
        {
            int count = LlamaLibrary.Tokenize(LlamaLibrary.Vocabulary(model), source, bytes.Length, target, tokens.Length, addSpecial, false);
            return count >= 0 ? tokens[..count] : throw new InvalidOperationException($"llama_tokenize found {-count} tokens in {bytes.Length} bytes");
        }
    }
}
