using System.Globalization;
using System.Text;

namespace Cocoon.Inference.Tokenizers;

/// <summary>What the splitting rules tell apart.</summary>
internal enum CodePointClass : byte
{
    Other,
    Letter,
    Number,
    Mark,
    Space,

    /// <summary>Carriage return and line feed, which are white space too.</summary>
    NewLine,

    /// <summary>Past the end of the text.</summary>
    End,
}

/// <summary>
/// Classes of code points in UTF-8. A byte that is no valid UTF-8 counts as one code point of class Other and stays as it is.
/// </summary>
internal static class CodePoints
{
    private static readonly CodePointClass[] Plane = BuildPlane();

    /// <summary>The class of the code point at an offset, and its length in bytes.</summary>
    public static CodePointClass Classify(ReadOnlySpan<byte> text, int offset, out int length)
    {
        length = 1;
        if ((uint)offset >= (uint)text.Length)
            return CodePointClass.End;
        byte first = text[offset];
        return first < 0x80 ? Plane[first] : ClassifyLong(text[offset..], out length);
    }

    private static CodePointClass ClassifyLong(ReadOnlySpan<byte> text, out int length)
    {
        if (Rune.DecodeFromUtf8(text, out Rune rune, out length) != System.Buffers.OperationStatus.Done)
        {
            length = 1;
            return CodePointClass.Other;
        }

        return rune.Value < Plane.Length ? Plane[rune.Value] : ClassOf(rune);
    }

    private static CodePointClass[] BuildPlane()
    {
        CodePointClass[] plane = new CodePointClass[0x10000];
        for (int value = 0; value < plane.Length; value++)
            plane[value] = Rune.IsValid(value) ? ClassOf(new Rune(value)) : CodePointClass.Other;
        return plane;
    }

    private static CodePointClass ClassOf(Rune rune)
    {
        if (rune.Value is '\r' or '\n')
            return CodePointClass.NewLine;
        if (Rune.IsWhiteSpace(rune))
            return CodePointClass.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CodePointClass.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CodePointClass.Number,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CodePointClass.Mark,
            _ => CodePointClass.Other,
        };
    }
}
