using System.Globalization;
using Cocoon.Host.Configuration.Hocon;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Configuration;

/// <summary>
/// Reads typed settings of one section and collects every problem instead of stopping at the first. After a problem the value returned
/// is only a placeholder: <see cref="ThrowIfWrong"/> must come before any use.
/// </summary>
internal sealed class SettingsReader
{
    private readonly HoconObject section;
    private readonly HoconObject? defaults;
    private readonly IReadOnlyList<string> path;
    private readonly List<string> problems;

    public SettingsReader(HoconObject root)
        : this(root, defaults: null, [], [])
    {
    }

    private SettingsReader(HoconObject section, HoconObject? defaults, IReadOnlyList<string> path, List<string> problems)
    {
        this.section = section;
        this.defaults = defaults;
        this.path = path;
        this.problems = problems;
    }

    public SettingsReader Section(string key)
    {
        HoconObject inner = section.Find(key) as HoconObject ?? new HoconObject(section.Origin, []);
        return new SettingsReader(inner, defaults?.Find(key) as HoconObject, [.. path, key], problems);
    }

    /// <summary>The named entries of a section that allows any name, sorted; what one lacks it has from the entry <c>"*"</c>.</summary>
    public IEnumerable<(string Name, SettingsReader Settings)> Entries(string key)
    {
        HoconObject? entries = section.Find(key) as HoconObject;
        foreach ((string name, HoconValue value) in (entries?.Fields ?? []).OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            if (name != ConfigurationSchema.AnyName && value is HoconObject entry)
            {
                HoconObject? any = entries!.Find(ConfigurationSchema.AnyName) as HoconObject;
                yield return (name, new SettingsReader(entry, any, [.. path, key, name], problems));
            }
        }
    }

    /// <summary>The text, or null where the setting is <c>null</c>.</summary>
    public string? OptionalText(string key) => (Find(key) as HoconScalar)?.Text;

    /// <summary>A text that must not be empty.</summary>
    public string Text(string key)
    {
        if (OptionalText(key) is { } text && !string.IsNullOrWhiteSpace(text))
            return text;
        Problem(key, "must be set");
        return "";
    }

    public long Integer(string key, long least, long most)
    {
        // 20_000_000 reads better than 20000000.
        string text = Text(key).Replace("_", "", StringComparison.Ordinal);
        bool parsed = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value);
        return Within(key, parsed, value, least, most, "a whole number", number => number.ToString(CultureInfo.InvariantCulture));
    }

    public bool Flag(string key)
    {
        switch (OptionalText(key))
        {
            case "true" or "yes" or "on":
                return true;
            case "false" or "no" or "off":
                return false;
            default:
                Problem(key, "must be true or false");
                return false;
        }
    }

    public TimeSpan Duration(string key, TimeSpan least, TimeSpan most)
    {
        bool parsed = HoconUnits.TryParseDuration(Text(key), out TimeSpan value);
        return Within(key, parsed, value, least, most, "a duration such as 500ms, 15s or 2h", Describe);
    }

    /// <summary>A size in bytes.</summary>
    public long Size(string key, long least, long most)
    {
        bool parsed = HoconUnits.TryParseSize(Text(key), out long value);
        return Within(key, parsed, value, least, most, "a size such as 64KiB or 32MiB", bytes => $"{bytes} bytes");
    }

    /// <summary>An amount such as <c>0.01 TON</c>.</summary>
    public NanoTon Ton(string key)
    {
        string text = Text(key).Trim();
        ReadOnlySpan<char> number = text.EndsWith("TON", StringComparison.Ordinal) ? text.AsSpan(0, text.Length - 3).TrimEnd() : text;
        if (NanoTon.TryParseTon(number, out NanoTon amount) && amount >= NanoTon.Zero)
            return amount;
        Problem(key, "must be an amount such as 0.01 TON, with at most nine decimals and not negative");
        return NanoTon.Zero;
    }

    /// <summary>A share such as <c>5%</c> or <c>0.25%</c>, in hundredths of a percent.</summary>
    public int BasisPoints(string key, int most = 10_000)
    {
        string text = Text(key).Trim();
        bool parsed = decimal.TryParse(text.TrimEnd('%').TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal percent);
        if (text.EndsWith('%') && parsed && percent * 100 <= most && decimal.IsInteger(percent * 100))
            return (int)(percent * 100);
        Problem(key, $"must be a share from 0% to {most / 100}% such as 5% or 0.25%, with at most two decimals");
        return 0;
    }

    /// <summary>One of the names of <typeparamref name="T"/>, written in kebab case.</summary>
    public T Choice<T>(string key)
        where T : struct, Enum
    {
        string text = OptionalText(key) ?? "";
        string[] names = [.. Enum.GetNames<T>().Select(KebabCase)];
        int at = Array.IndexOf(names, text);
        if (at >= 0)
            return Enum.GetValues<T>()[at];
        string near = NearestName.Find(text, names) is { } name ? $" (did you mean {name}?)" : "";
        Problem(key, $"is '{text}', but must be one of {string.Join(", ", names)}{near}");
        return default;
    }

    public IReadOnlyList<string> Texts(string key) =>
        Find(key) is HoconArray array ? [.. array.Items.OfType<HoconScalar>().Select(item => item.Text ?? "")] : [];

    /// <summary>An address to listen on or to dial: <c>host:port</c>, IPv6 in brackets.</summary>
    public HostPort Endpoint(string key)
    {
        if (HostPort.TryParse(Text(key), out HostPort endpoint))
            return endpoint;
        Problem(key, "must be host:port such as 0.0.0.0:7700, [::]:7700 or node.example:7700");
        return default;
    }

    public IReadOnlyList<HostPort> Endpoints(string key)
    {
        List<HostPort> endpoints = [];
        foreach (string text in Texts(key))
        {
            if (HostPort.TryParse(text, out HostPort endpoint))
                endpoints.Add(endpoint);
            else
                Problem(key, $"holds '{text}': each must be host:port such as 0.0.0.0:7700, [::]:7700 or node.example:7700");
        }

        return endpoints;
    }

    /// <summary>Notes what is wrong with a setting, with its place.</summary>
    public void Problem(string key, string problem)
    {
        HoconOrigin origin = Find(key)?.Origin ?? section.Origin;
        problems.Add($"{origin}: {new HoconPath([.. path, key])} {problem}");
    }

    /// <summary>Throws <see cref="ConfigurationException"/> with all problems noted so far.</summary>
    public void ThrowIfWrong()
    {
        if (problems.Count > 0)
            throw new ConfigurationException([.. problems]);
    }

    private static string KebabCase(string name) => string.Concat(
        name.Select((letter, i) => i > 0 && char.IsAsciiLetterUpper(letter) ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    private static string Describe(TimeSpan duration) =>
        duration < TimeSpan.FromSeconds(1) ? $"{duration.TotalMilliseconds:0.###}ms" : $"{duration.TotalSeconds:0.###}s";

    private HoconValue? Find(string key) => section.Find(key) ?? defaults?.Find(key);

    private T Within<T>(string key, bool parsed, T value, T least, T most, string what, Func<T, string> describe)
        where T : IComparable<T>
    {
        if (parsed && value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0)
            return value;
        Problem(key, $"is '{OptionalText(key)}', but must be {what}, from {describe(least)} to {describe(most)}");
        return least;
    }
}
