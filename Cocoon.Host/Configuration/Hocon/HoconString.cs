using System.Globalization;
using System.Text;

namespace Cocoon.Host.Configuration.Hocon;

/// <summary>Strings as HOCON writes them.</summary>
internal static class HoconString
{
    /// <summary>A double-quoted string with JSON's escapes.</summary>
    public static string Quote(string value)
    {
        StringBuilder text = new(value.Length + 2);
        text.Append('"');
        foreach (char letter in value)
        {
            string? escape = letter switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(letter) || char.IsSurrogate(letter) =>
                    string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => null,
            };
            _ = escape is null ? text.Append(letter) : text.Append(escape);
        }

        return text.Append('"').ToString();
    }
}
