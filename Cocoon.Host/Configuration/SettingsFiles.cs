namespace Cocoon.Host.Configuration;

/// <summary>Settings that name files and folders.</summary>
internal static class SettingsFiles
{
    /// <summary>As <see cref="Path"/>; null where the setting is <c>null</c>.</summary>
    public static string? OptionalPath(SettingsReader settings, string key) => settings.OptionalText(key) is null ? null : Path(settings, key);

    /// <summary>The full path of a file or folder; relative ones start in the working folder.</summary>
    public static string Path(SettingsReader settings, string key)
    {
        string text = settings.Text(key);
        if (!text.Contains('\0', StringComparison.Ordinal))
            return System.IO.Path.GetFullPath(text.Length == 0 ? "." : text);
        settings.Problem(key, "is not a path: remove the zero character");
        return "";
    }
}
