namespace Cocoon.Host.Configuration.Hocon;

/// <summary>A path expression: keys from the root, at least one.</summary>
internal sealed record HoconPath(IReadOnlyList<string> Keys)
{
    public HoconPath Append(HoconPath other) => new([.. Keys, .. other.Keys]);

    /// <summary>The path as one would write it: keys that need it are quoted.</summary>
    public override string ToString() => string.Join('.', Keys.Select(Quote));

    /// <summary>The path without quotes, which is the name of the environment variable it falls back to.</summary>
    public string ToEnvironmentName() => string.Join('.', Keys);

    /// <summary>The key as one would write it.</summary>
    public static string Quote(string key) =>
        key.Length > 0 && key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_') && key != "include"
            ? key
            : HoconString.Quote(key);

    public bool Equals(HoconPath? other) => other is not null && Keys.SequenceEqual(other.Keys, StringComparer.Ordinal);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (string key in Keys)
            hash.Add(key, StringComparer.Ordinal);
        return hash.ToHashCode();
    }
}
