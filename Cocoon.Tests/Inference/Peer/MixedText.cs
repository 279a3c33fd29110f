using System.Text;

namespace Cocoon.Tests.Inference.Peer;

/// <summary>Random text that is hard to cut into words: scripts, marks, digits of all kinds, runs of white space, contractions, emoji.</summary>
internal static class MixedText
{
    private static readonly string[] Parts =
    [
        " ", " ", " ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", "\r", " \n", "\n ", "\u00A0", "\u3000", "\u2028", "\u0085", "\u200B", "\uFEFF", "\v",
        "'s", "'S", "'t", "'re", "'RE", "'ve", "'m", "'ll", "'lL", "'d", "'", "’s", "'x", "n't",
        "the", "a", "I", "Hello", "world", "translation", "été", "cafe\u0301", "naïve", "Straße", "ſ", "İstanbul", "ŉ",
        "0", "1", "12", "123", "1234", "3.14", "½", "²", "Ⅷ", "٣٤", "१२", "𝟘𝟙", "㊿",
        ".", ",", "!", "?!", "...", "--", "(", ")", "[x]", "{", "}", "<|im_start|>", "</s>", "==", "!=", "=>", "::", "#", "@", "$", "€", "\\", "\"",
        "привет", "Ελλάδα", "עברית", "שָׁלוֹם", "العربية", "مَرحبًا", "हिन्दी", "नमस्ते", "தமிழ்", "ไทย", "ที่นี่", "한국어", "\u1112\u1161\u11AB", "日本語", "漢字", "ひらがな", "カタカナ",
        "😀", "👩‍👩‍👧‍👦", "🇫🇷", "👍🏽", "❤️", "☃", "𝒜𝒷𝒸", "𐐷", "𠀋", "🦙abc", "abc🦙", "\u0301", "a\u0301\u0302", "\u0903", "\u20DD",
        "if (x == 10) {\n    return y;\n}", "snake_case_name", "camelCase", "https://example.org/a?b=c&d=%20", "\0", "\u001F", "\u007F",
    ];

    public static string Next(Random random)
    {
        StringBuilder text = new();
        for (int parts = random.Next(1, 14); parts > 0; parts--)
        {
            string part = Parts[random.Next(Parts.Length)];
            text.Append(random.Next(40) == 0 ? AnyCharacter(random) : part);
            if (random.Next(3) == 0)
                text.Append(' ');
        }

        return text.ToString();
    }

    /// <summary>Letters, marks, numbers and signs of the Basic Multilingual Plane that Unicode has had since long.</summary>
    private static string AnyCharacter(Random random)
    {
        while (true)
        {
            char unit = (char)random.Next(0x20, 0x3100);
            if (char.GetUnicodeCategory(unit) != System.Globalization.UnicodeCategory.OtherNotAssigned)
                return unit.ToString();
        }
    }
}
