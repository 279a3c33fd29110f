using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Tests.Inference.Tokenizers;

/// <summary>
/// The hand-written splitters against the models' regular expressions, run by .NET on a shadow of the text that has one char
/// for each code point (so that characters above the basic plane keep their class).
/// </summary>
public sealed class PreTokenizerTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly string[] Words =
    [
        "'s", "'S", "'re", "'LL", "'d", "'x", "'", "hello", "World", "été", "e\u0301", "\u0301", "\u0915\u093F", "日本", "한글", "ß", "7", "42", "12345", "½", "٣", "Ⅷ", "²",
        " ", "  ", "\t", "\n", "\r\n", "\u00A0", "\u3000", "\u2028", "\u0085", ".", "!!", "...", "¿", "—", "<|im_end|>", "_", "🦙", "👩‍👩‍👧", "\U0001D400", "\U0001D7D8", "\U0001E900", "\u200B", "\0", "\uFFFD", "ǅ", "ʰ", "a1b2", "C++",
    ];

    [Theory]
    [InlineData("gpt-2", @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    [InlineData("llama-bpe", @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData("qwen2", @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData("qwen35", @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    public void Splits_as_the_regular_expression(string name, string pattern)
    {
        PreTokenizer splitter = PreTokenizer.ByName(name);
        Regex regex = new(pattern, RegexOptions.CultureInvariant, Timeout);
        Random random = new(11);
        for (int round = 0; round < 3000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Words[random.Next(Words.Length)]));
            Assert.Equal(ByRegex(regex, text), ByScanner(splitter, text));
        }
    }

    [Theory]
    [InlineData("qwen2", "a 12 b\n\n c", "a| |1|2| b|\n\n| c")]
    [InlineData("llama-bpe", "12345 it's", "123|45| it|'s")]
    [InlineData("gpt-2", "it's  12345\n\nx", "it|'s| | 12345|\n|\n|x")]
    [InlineData("qwen35", "ke\u0301y\u0301 x", "ke\u0301y\u0301| x")]
    [InlineData("qwen2", "🦙abc", "🦙abc")]
    [InlineData("qwen2", "\U0001D400\U0001D401 1", "\U0001D400\U0001D401| |1")]
    public void Known_splits(string name, string text, string expected) => Assert.Equal(expected.Split('|'), ByScanner(PreTokenizer.ByName(name), text));

    [Fact]
    public void An_unknown_splitter_is_refused_with_the_known_ones()
    {
        TokenizerException exception = Assert.Throws<TokenizerException>(() => PreTokenizer.ByName("default"));
        Assert.Equal("tokenizer.ggml.pre: 'default' is not supported; supported are gpt-2, llama-bpe, qwen2, qwen35", exception.Message);
    }

    private static List<string> ByScanner(PreTokenizer splitter, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        List<string> words = [];
        for (int start = 0; start < bytes.Length;)
        {
            int end = splitter.NextEnd(bytes, start);
            Assert.True(end > start);
            words.Add(Encoding.UTF8.GetString(bytes, start, end - start));
            start = end;
        }

        return words;
    }

    private static List<string> ByRegex(Regex regex, string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        string shadow = string.Concat(runes.Select(Shadow));
        return [.. regex.Matches(shadow).Select(match => string.Concat(runes.Skip(match.Index).Take(match.Length).Select(rune => rune.ToString())))];
    }

    private static char Shadow(Rune rune) => rune.IsBmp ? (char)rune.Value : Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => '\u4E00',
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => '\u0660',
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => '\u0300',
        _ => '\uE000',
    };
}
