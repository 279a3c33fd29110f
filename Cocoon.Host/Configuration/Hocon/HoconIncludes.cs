using System.Text;

namespace Cocoon.Host.Configuration.Hocon;

/// <summary>Reads files for one load, bounded in size, number and depth; a file that includes itself is refused.</summary>
internal sealed class HoconIncludes
{
    private readonly List<string> open = [];
    private int files;

    /// <summary>Reads the file a person named.</summary>
    public HoconObjectNode ReadFile(string path)
    {
        HoconOrigin origin = new(path, 0, 0);
        string full = Path.GetFullPath(path);
        if (!File.Exists(full))
            throw new HoconException(origin, "there is no such configuration file: check the path given with --config");
        return Parse(full, path, origin, []);
    }

    /// <summary>Reads an included file; null when it is missing and not required.</summary>
    public HoconObjectNode? Read(HoconIncludeSyntax include, string includingSource, HoconOrigin origin, IReadOnlyList<HoconPath> prefixes)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(includingSource)) ?? ".";
        string full = Path.GetFullPath(include.Name, folder);
        string[] candidates = Path.HasExtension(full) ? [full] : [full, full + ".conf", full + ".json"];
        string? found = Array.Find(candidates, File.Exists);
        if (found is null)
        {
            return include.Required
                ? throw new HoconException(origin, $"the required file {full} does not exist: create it, or correct the name")
                : null;
        }

        return Parse(found, Path.GetRelativePath(".", found) is { } near && near.Length < found.Length ? near : found, origin, prefixes);
    }

    private HoconObjectNode Parse(string full, string shown, HoconOrigin origin, IReadOnlyList<HoconPath> prefixes)
    {
        if (open.Contains(full, StringComparer.Ordinal))
            throw new HoconException(origin, $"a circle of includes: {string.Join(" -> ", [.. open, full])}; remove one of them");
        if (open.Count >= HoconLimits.IncludeDepth)
            throw new HoconException(origin, $"includes nested deeper than {HoconLimits.IncludeDepth}: make the chain shorter");
        if (++files > HoconLimits.Files)
            throw new HoconException(origin, $"more than {HoconLimits.Files} files included: join some of them");
        open.Add(full);
        HoconObjectNode root = new HoconParser(shown, ReadText(full, origin), this, prefixes).ParseRoot();
        open.RemoveAt(open.Count - 1);
        return root;
    }

    private static string ReadText(string full, HoconOrigin origin)
    {
        try
        {
            using FileStream stream = new(full, FileMode.Open, FileAccess.Read, FileShare.Read);
            byte[] bytes = new byte[Math.Min(stream.Length, HoconLimits.FileBytes) + 1];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > HoconLimits.FileBytes)
                throw new HoconException(origin, $"{full} is longer than {HoconLimits.FileBytes} bytes: is it a configuration?");
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new HoconException(origin, $"{full} cannot be read ({failure.Message}): check its permissions");
        }
        catch (DecoderFallbackException)
        {
            throw new HoconException(origin, $"{full} is not UTF-8 text: save it as UTF-8");
        }
    }
}
