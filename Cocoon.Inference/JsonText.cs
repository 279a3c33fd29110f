using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Cocoon.Inference;

/// <summary>
/// Makes a request readable that is JSON in all but its characters. Programs that cut text in the middle of an emoji send half a surrogate
/// pair as <c>\ud83d</c>, and some send bytes that are no UTF-8: both would make every reader of the text throw.
/// </summary>
public static class JsonText
{
    private const int EscapeLength = 6;

    /// <summary>The same bytes where nothing is wrong; else a copy in which each lone surrogate and each byte that is no UTF-8 is U+FFFD.</summary>
    /// <param name="json">A request as it came.</param>
    public static ReadOnlyMemory<byte> Repair(ReadOnlyMemory<byte> json)
    {
        byte[]? copy = Utf8.IsValid(json.Span) ? null : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json.Span));
        ReadOnlySpan<byte> text = copy ?? json.Span;
        for (int at = text.IndexOf((byte)'\\'); at >= 0 && at < text.Length;)
        {
            int first = SurrogateAt(text, at);
            int length = first > 0 ? EscapeLength : 2;
            if (char.IsHighSurrogate((char)first) && char.IsLowSurrogate((char)SurrogateAt(text, at + EscapeLength)))
            {
                length = 2 * EscapeLength;
            }
            else if (first > 0)
            {
                copy ??= json.ToArray();
                "\\ufffd"u8.CopyTo(copy.AsSpan(at));
                text = copy;
            }

            at = Math.Min(at + length, text.Length);
            int next = text[at..].IndexOf((byte)'\\');
            at = next < 0 ? -1 : at + next;
        }

        return copy ?? json;
    }

    /// <summary>The surrogate that is escaped at an offset, or 0.</summary>
    private static int SurrogateAt(ReadOnlySpan<byte> text, int at) =>
        at + EscapeLength <= text.Length && text[at] == '\\' && text[at + 1] == 'u'
            && ushort.TryParse(text.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit)
            && char.IsSurrogate((char)unit) ? unit : 0;
}
