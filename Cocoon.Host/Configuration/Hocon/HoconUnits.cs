using System.Collections.Frozen;
using System.Globalization;

namespace Cocoon.Host.Configuration.Hocon;

/// <summary>Durations and sizes as HOCON.md defines them: a decimal number and a unit; without one, milliseconds or bytes.</summary>
internal static class HoconUnits
{
    private static readonly FrozenDictionary<string, decimal> TicksByUnit = new Dictionary<string, decimal>(StringComparer.Ordinal)
    {
        ["ns"] = 0.01m,
        ["nano"] = 0.01m,
        ["nanos"] = 0.01m,
        ["nanosecond"] = 0.01m,
        ["nanoseconds"] = 0.01m,
        ["us"] = 10m,
        ["micro"] = 10m,
        ["micros"] = 10m,
        ["microsecond"] = 10m,
        ["microseconds"] = 10m,
        [""] = 10_000m,
        ["ms"] = 10_000m,
        ["milli"] = 10_000m,
        ["millis"] = 10_000m,
        ["millisecond"] = 10_000m,
        ["milliseconds"] = 10_000m,
        ["s"] = 10_000_000m,
        ["second"] = 10_000_000m,
        ["seconds"] = 10_000_000m,
        ["m"] = 600_000_000m,
        ["minute"] = 600_000_000m,
        ["minutes"] = 600_000_000m,
        ["h"] = 36_000_000_000m,
        ["hour"] = 36_000_000_000m,
        ["hours"] = 36_000_000_000m,
        ["d"] = 864_000_000_000m,
        ["day"] = 864_000_000_000m,
        ["days"] = 864_000_000_000m,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, decimal> BytesByUnit = MakeSizes().ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A duration, exact to 100 ns (rounded to even).</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        bool known = TryParse(text, TicksByUnit, out long ticks);
        duration = new TimeSpan(ticks);
        return known;
    }

    /// <summary>A size in bytes; <c>kB</c> is 1,000, <c>K</c>, <c>k</c>, <c>Ki</c> and <c>KiB</c> are 1,024.</summary>
    public static bool TryParseSize(string text, out long bytes) => TryParse(text, BytesByUnit, out bytes);

    private static bool TryParse(string text, FrozenDictionary<string, decimal> units, out long value)
    {
        value = 0;
        string trimmed = text.Trim();
        int end = trimmed.Length;
        while (end > 0 && char.IsAsciiLetter(trimmed[end - 1]))
            end--;
        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (!units.TryGetValue(trimmed[end..], out decimal factor)
            || !decimal.TryParse(trimmed[..end].TrimEnd(), style, CultureInfo.InvariantCulture, out decimal number)
            || Math.Abs(number) > long.MaxValue / Math.Max(factor, 1m))
        {
            return false;
        }

        value = (long)Math.Round(number * factor);
        return true;
    }

    private static Dictionary<string, decimal> MakeSizes()
    {
        Dictionary<string, decimal> sizes = new(StringComparer.Ordinal)
        {
            [""] = 1,
            ["B"] = 1,
            ["b"] = 1,
            ["byte"] = 1,
            ["bytes"] = 1,
            ["k"] = 1024,
            ["kB"] = 1000,
        };
        string[] decimalNames = ["kilo", "mega", "giga", "tera", "peta"];
        string[] binaryNames = ["kibi", "mebi", "gibi", "tebi", "pebi"];
        decimal thousands = 1;
        decimal binary = 1;
        for (int i = 0; i < decimalNames.Length; i++)
        {
            thousands *= 1000;
            binary *= 1024;
            char letter = char.ToUpperInvariant(decimalNames[i][0]);
            sizes[decimalNames[i] + "byte"] = sizes[decimalNames[i] + "bytes"] = thousands;
            sizes[binaryNames[i] + "byte"] = sizes[binaryNames[i] + "bytes"] = binary;
            sizes[$"{letter}"] = sizes[$"{letter}i"] = sizes[$"{letter}iB"] = binary;
            if (letter != 'K')
                sizes[$"{letter}B"] = thousands;
            if (letter is 'M' or 'G')
                sizes[$"{char.ToLowerInvariant(letter)}"] = binary;
        }

        return sizes;
    }
}
