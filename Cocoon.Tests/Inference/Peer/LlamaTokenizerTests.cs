using System.Text;
using Cocoon.Benchmarks.Engine;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Tokenizers;
using Cocoon.Tests.Inference.Tokenizers;

namespace Cocoon.Tests.Inference.Peer;

/// <summary>
/// Tokens of random text in many scripts, here and in llama.cpp, with every splitter on the demo model's vocabulary and with
/// SentencePiece on a made one.
/// </summary>
public sealed class LlamaTokenizerTests
{
    private const int Texts = 3000;

    private static readonly string[] Fallback = [.. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")];

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-bpe")]
    [InlineData("qwen2")]
    [InlineData("qwen35")]
    public void Byte_pairs_agree(string splitter)
    {
        LlamaCpp.Require();
        using GgufFile model = GgufFile.Open(Path.Combine(SharedVectors.RepositoryRoot, "models", "cocoon-tiny-en-fr-q8_0.gguf"));
        AssertAgrees(new VocabularyFile()
            .With("general.architecture", "llama")
            .With("tokenizer.ggml.model", "gpt2")
            .With("tokenizer.ggml.pre", splitter)
            .With("tokenizer.ggml.tokens", Strings(model, "tokenizer.ggml.tokens"))
            .With("tokenizer.ggml.token_type", model.Metadata.GetInt32Array("tokenizer.ggml.token_type"))
            .With("tokenizer.ggml.merges", Strings(model, "tokenizer.ggml.merges")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SentencePiece_agrees(bool addsSpace)
    {
        LlamaCpp.Require();
        Random random = new(11);
        HashSet<string> pieces = ["▁", "a", "b", "c", "d", "e", "t", "h", "i", "é", "ж", "漢", "字", "1", "2", ".", "'", "\n"];
        List<string> all = [.. pieces];
        while (all.Count < 1200)
        {
            string piece = all[random.Next(all.Count)] + all[random.Next(all.Count)];
            if (piece.Length <= 9 && pieces.Add(piece))
                all.Add(piece);
        }

        float[] scores = [.. all.Select((_, index) => -(float)(index * 7919 % all.Count))];
        AssertAgrees(new VocabularyFile()
            .With("general.architecture", "llama")
            .With("tokenizer.ggml.model", "llama")
            .With("tokenizer.ggml.tokens", ["<unk>", .. Fallback, .. all])
            .With("tokenizer.ggml.scores", [0f, .. Enumerable.Repeat(0f, 256), .. scores])
            .With("tokenizer.ggml.token_type", (int[])[2, .. Enumerable.Repeat(6, 256), .. Enumerable.Repeat(1, all.Count)])
            .With("tokenizer.ggml.add_space_prefix", addsSpace));
    }

    private static void AssertAgrees(VocabularyFile vocabulary)
    {
        string path = Path.Combine(Path.GetTempPath(), $"cocoon-{Guid.NewGuid():n}.gguf");
        File.WriteAllBytes(path, vocabulary.ToBytes());
        try
        {
            Tokenizer own = Tokenizer.Read(vocabulary.ToMetadata());
            using LlamaVocabulary peer = new(path);
            Random random = new(17);
            for (int i = 0; i < Texts; i++)
            {
                string text = MixedText.Next(random);
                int[] expected = peer.Tokenize(text);
                List<int> actual = own.Encode(text);
                Assert.True(expected.AsSpan().SequenceEqual(actual.ToArray()),
                    $"text {i} \"{Escaped(text)}\": llama.cpp [{string.Join(' ', expected)}], here [{string.Join(' ', actual)}]");
                Assert.Equal(text, own.Decode(actual)[(own.Kind == "llama" && own.Decode(actual).Length > text.Length ? 1 : 0)..]);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string[] Strings(GgufFile file, string key) => [.. file.Metadata.GetUtf8Array(key).Select(Encoding.UTF8.GetString)];

    private static string Escaped(string text) => string.Concat(text.Select(unit => unit is >= ' ' and <= '~' ? unit.ToString() : $"\\u{(int)unit:X4}"));
}
