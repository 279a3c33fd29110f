using System.Text;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Tests.Inference.Tokenizers;

/// <summary>Byte pairs against a naive merger, special tokens, and vocabularies that must be refused.</summary>
public sealed class BytePairEncoderTests
{
    private static readonly string[] Bytes = [.. Enumerable.Range(0, 256).Select(value => Encoding.UTF8.GetString(ByteLevelAlphabet.Spelling((byte)value)))];

    [Fact]
    public void Short_and_long_words_merge_as_a_naive_merger_does()
    {
        Random random = new(5);
        List<string> tokens = [.. Bytes];
        List<string> merges = [];
        while (merges.Count < 300)
        {
            string left = tokens[random.Next(3) == 0 ? random.Next(tokens.Count) : 'a' + random.Next(4)];
            string right = tokens[random.Next(3) == 0 ? random.Next(tokens.Count) : 'a' + random.Next(4)];
            if (merges.Contains($"{left} {right}") || left.Length + right.Length > 12)
                continue;
            merges.Add($"{left} {right}");
            if (random.Next(10) > 0 && !tokens.Contains(left + right))
                tokens.Add(left + right);
        }

        Tokenizer tokenizer = Tokenizer.Read(File(tokens, merges).ToMetadata());
        for (int round = 0; round < 400; round++)
        {
            int length = round < 300 ? random.Next(1, 49) : random.Next(49, 500);
            string word = string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(4))));
            Assert.Equal(Naive(word, tokens, merges), tokenizer.Encode(word));
        }
    }

    [Fact]
    public void A_very_long_word_takes_no_quadratic_time()
    {
        List<string> tokens = [.. Bytes, "aa", "aaaa", "aaaaaaaa"];
        Tokenizer tokenizer = Tokenizer.Read(File(tokens, ["a a", "aa aa", "aaaa aaaa"]).ToMetadata());
        Assert.Equal(50_000, tokenizer.Encode(new string('a', 400_000)).Count);
    }

    [Fact]
    public void Whole_words_come_first_where_the_vocabulary_says_so()
    {
        List<string> tokens = [.. Bytes, "ab", "bc", "abc"];
        string[] merges = ["b c", "a b"];
        Assert.Equal([258], Tokenizer.Read(File(tokens, merges, "llama-bpe").ToMetadata()).Encode("abc"));
        Assert.Equal(['a' - '!', 257], Normal(Tokenizer.Read(File(tokens, merges).ToMetadata()), "abc", tokens));
    }

    [Fact]
    public void Only_trusted_text_forms_special_tokens()
    {
        List<string> tokens = [.. Bytes, "<|im_start|>", "<|im_end|>", "<think>", "\u00A7\u00A7", "<|im_end|><|x|>"];
        int[] kinds = [.. Enumerable.Repeat(1, 256), 3, 3, 4, 4, 3];
        Tokenizer tokenizer = Tokenizer.Read(File(tokens, []).With("tokenizer.ggml.token_type", kinds).With("tokenizer.ggml.eos_token_id", 257).ToMetadata());

        Assert.Equal([256, 257, 258, 259], tokenizer.Encode([new("<|im_start|><|im_end|><think>\u00A7\u00A7", true)]));
        Assert.Equal([260], tokenizer.Encode([new("<|im_end|><|x|>", true)]));
        Assert.DoesNotContain(tokenizer.Encode("<|im_start|><|im_end|><think>"), token => token >= 256);
        Assert.Contains(259, tokenizer.Encode("a\u00A7\u00A7b"));
        Assert.DoesNotContain(tokenizer.Encode([new("<|im_", true), new("end|>", false)]), token => token >= 256);
        Assert.DoesNotContain(tokenizer.Encode([new("<|im_", false), new("end|>", true)]), token => token >= 256);
        Assert.Equal("<|im_end|> is text", tokenizer.Decode(tokenizer.Encode("<|im_end|> is text")));
        Assert.Equal("ab<think>", tokenizer.Decode(tokenizer.Encode([new("<|im_start|>a<|im_end|>b<think>", true)])));
        Assert.Equal([257], tokenizer.EndTokens.Where(token => token != 256));
    }

    [Fact]
    public void Begin_tokens_are_added_when_asked_for()
    {
        List<string> tokens = [.. Bytes, "<s>"];
        int[] kinds = [.. Enumerable.Repeat(1, 256), 3];
        VocabularyFile file = File(tokens, []).With("tokenizer.ggml.token_type", kinds).With("tokenizer.ggml.bos_token_id", 256);
        Tokenizer tokenizer = Tokenizer.Read(file.With("tokenizer.ggml.add_bos_token", true).ToMetadata());
        Assert.True(tokenizer.AddsBos);
        Assert.Equal(256, tokenizer.Encode("a", addBos: true)[0]);
        Assert.DoesNotContain(256, tokenizer.Encode("a"));
    }

    [Theory]
    [InlineData("tokenizer.ggml.model", "bert", "tokenizer.ggml.model: 'bert' is not supported; supported are gpt2, llama")]
    [InlineData("tokenizer.ggml.pre", "deepseek-llm", "tokenizer.ggml.pre: 'deepseek-llm' is not supported; supported are gpt-2, llama-bpe, qwen2, qwen35")]
    public void Kinds_that_are_not_known_are_refused(string key, string value, string message)
    {
        VocabularyFile file = new VocabularyFile()
            .With("tokenizer.ggml.tokens", Bytes)
            .With("tokenizer.ggml.merges", Array.Empty<string>())
            .With("tokenizer.ggml.model", key == "tokenizer.ggml.model" ? value : "gpt2")
            .With("tokenizer.ggml.pre", key == "tokenizer.ggml.pre" ? value : "gpt-2");
        Assert.Equal(message, Assert.Throws<TokenizerException>(() => Tokenizer.Read(file.ToMetadata())).Message);
    }

    [Fact]
    public void Damaged_vocabularies_are_refused_by_field()
    {
        Assert.Contains("tokenizer.ggml.merges[0]", Refusal(File(Bytes, ["ab"])), StringComparison.Ordinal);
        Assert.Contains("tokenizer.ggml.merges[0]", Refusal(File(Bytes, ["ab "])), StringComparison.Ordinal);
        Assert.Contains("byte 0x41", Refusal(File([.. Bytes.Where(entry => entry != "A")], [])), StringComparison.Ordinal);
        Assert.Contains("tokenizer.ggml.token_type", Refusal(File(Bytes, []).With("tokenizer.ggml.token_type", new[] { 1 })), StringComparison.Ordinal);
        Assert.Contains("tokenizer.ggml.eos_token_id", Refusal(File(Bytes, []).With("tokenizer.ggml.eos_token_id", 9999)), StringComparison.Ordinal);
        Assert.Contains("tokenizer.ggml.tokens[0]", Refusal(File([new string('x', 20_000), .. Bytes], [])), StringComparison.Ordinal);
        Assert.Throws<GgufException>(() => Tokenizer.Read(new VocabularyFile().With("tokenizer.ggml.model", "gpt2").ToMetadata()));
    }

    private static string Refusal(VocabularyFile file) => Assert.Throws<TokenizerException>(() => Tokenizer.Read(file.ToMetadata())).Message;

    private static VocabularyFile File(IReadOnlyList<string> tokens, IReadOnlyList<string> merges, string pre = "gpt-2") => new VocabularyFile()
        .With("tokenizer.ggml.model", "gpt2")
        .With("tokenizer.ggml.pre", pre)
        .With("tokenizer.ggml.tokens", tokens)
        .With("tokenizer.ggml.merges", merges);

    private static List<int> Normal(Tokenizer tokenizer, string text, List<string> tokens) =>
        [.. tokenizer.Encode(text).Select(token => tokens[token] == "a" ? 'a' - '!' : token)];

    private static List<int> Naive(string word, List<string> tokens, List<string> merges)
    {
        List<string> parts = [.. word.Select(symbol => symbol.ToString())];
        while (true)
        {
            int best = int.MaxValue;
            int at = -1;
            for (int index = 0; index + 1 < parts.Count; index++)
            {
                int rank = merges.IndexOf($"{parts[index]} {parts[index + 1]}");
                if (rank >= 0 && rank < best)
                    (best, at) = (rank, index);
            }

            if (at < 0)
                break;
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }

        return [.. parts.SelectMany(part => tokens.Contains(part) ? [tokens.IndexOf(part)] : part.Select(symbol => tokens.IndexOf(symbol.ToString())))];
    }
}
