using System.Text;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Tests.Inference.Tokenizers;

/// <summary>SentencePiece against a naive merger on random vocabularies, byte fallback and added spaces.</summary>
public sealed class SentencePieceEncoderTests
{
    private static readonly string[] Fallback = [.. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Merges_as_a_naive_merger_does(bool hasSpacesInside)
    {
        Random random = new(3);
        string[] letters = ["▁", "a", "b", "c", "é"];
        List<string> pieces = [.. letters];
        while (pieces.Count < 80)
        {
            string piece = pieces[random.Next(pieces.Count)] + pieces[random.Next(pieces.Count)];
            if (pieces.Contains(piece) || piece.Length > 8 || (!hasSpacesInside && piece.TrimStart('▁').Contains('▁', StringComparison.Ordinal)))
                continue;
            pieces.Add(piece);
        }

        float[] scores = [.. pieces.Select(_ => -random.Next(40) * 1f)];
        Tokenizer tokenizer = Read(pieces, scores);
        for (int round = 0; round < 500; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => letters[random.Next(letters.Length)]));
            List<int> expected = Naive(text, pieces, scores);
            List<int> actual = tokenizer.Encode(text.Replace('▁', ' '));
            Assert.Equal(expected, actual);
            Assert.Equal(text.Replace('▁', ' '), tokenizer.Decode(actual));
        }
    }

    [Fact]
    public void What_is_no_piece_falls_back_to_bytes()
    {
        Tokenizer tokenizer = Read(["▁", "a"], [-1, -2]);
        Assert.Equal([257, 0xF0, 0x9F, 0xA6, 0x99, 0x0A, 256, 257], Plain(tokenizer.Encode("a🦙\n a")));
        Assert.Equal("a🦙\n a", tokenizer.Decode(tokenizer.Encode("a🦙\n a")));
    }

    [Fact]
    public void A_space_is_added_at_the_start_and_after_special_tokens()
    {
        List<string> tokens = [.. Fallback, "▁", "a", "▁a", "<s>"];
        VocabularyFile file = File(tokens, [.. Enumerable.Repeat(0f, 256), -5, -6, -1, 0], [.. Enumerable.Repeat(6, 256), 1, 1, 1, 3]).With("tokenizer.ggml.bos_token_id", 259);
        Tokenizer tokenizer = Tokenizer.Read(file.ToMetadata());
        Assert.True(tokenizer.AddsBos);
        Assert.Equal([259, 258, 257], tokenizer.Encode("aa", addBos: true));
        Assert.Equal([259, 258, 259, 258], tokenizer.Encode([new("<s>a<s>a", true)]));
        Assert.DoesNotContain(259, tokenizer.Encode("<s>"));
    }

    [Fact]
    public void Control_tokens_and_byte_names_are_never_merged_from_text()
    {
        List<string> tokens = [.. Fallback, "▁", "<", "s", ">", "<s", "<s>", "<0", "x", "0", "A"];
        int[] kinds = [.. Enumerable.Repeat(6, 256), 1, 1, 1, 1, 1, 3, 1, 1, 1, 1];
        Tokenizer tokenizer = Tokenizer.Read(File(tokens, [.. Enumerable.Repeat(0f, tokens.Count)], kinds).With("tokenizer.ggml.add_space_prefix", false).ToMetadata());
        Assert.Equal([260, 259], tokenizer.Encode("<s>"));
        Assert.DoesNotContain(0x0A, tokenizer.Encode("<0x0A>"));
    }

    private static IEnumerable<int> Plain(List<int> tokens) => tokens;

    private static Tokenizer Read(IReadOnlyList<string> pieces, IReadOnlyList<float> scores) => Tokenizer.Read(
        File([.. Fallback, .. pieces], [.. Enumerable.Repeat(0f, 256), .. scores], [.. Enumerable.Repeat(6, 256), .. pieces.Select(_ => 1)])
            .With("tokenizer.ggml.add_space_prefix", false).ToMetadata());

    private static VocabularyFile File(IReadOnlyList<string> tokens, IReadOnlyList<float> scores, IReadOnlyList<int> kinds) => new VocabularyFile()
        .With("tokenizer.ggml.model", "llama")
        .With("tokenizer.ggml.tokens", tokens)
        .With("tokenizer.ggml.scores", scores)
        .With("tokenizer.ggml.token_type", kinds);

    private static List<int> Naive(string text, List<string> pieces, float[] scores)
    {
        List<string> parts = [.. text.EnumerateRunes().Select(rune => rune.ToString())];
        while (true)
        {
            int at = -1;
            float best = float.NegativeInfinity;
            for (int index = 0; index + 1 < parts.Count; index++)
            {
                int piece = pieces.IndexOf(parts[index] + parts[index + 1]);
                if (piece >= 0 && scores[piece] > best)
                    (best, at) = (scores[piece], index);
            }

            if (at < 0)
                break;
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }

        return [.. parts.SelectMany(part => pieces.IndexOf(part) is >= 0 and int piece ? [256 + piece] : Encoding.UTF8.GetBytes(part).Select(value => (int)value))];
    }
}
