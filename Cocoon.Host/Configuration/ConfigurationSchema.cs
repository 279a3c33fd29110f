using Cocoon.Host.Configuration.Hocon;

namespace Cocoon.Host.Configuration;

/// <summary>
/// The settings that exist, taken from <c>hocon/reference.conf</c>: what is not there is refused. There, the key <c>"*"</c> stands for
/// any name and holds each entry's defaults; <c>"**"</c> allows anything below.
/// </summary>
internal sealed class ConfigurationSchema
{
    /// <summary>Stands for any name, and holds the defaults of such entries.</summary>
    public const string AnyName = "*";

    private const string Anything = "**";
    private readonly HoconObject reference;
    private readonly List<HoconPath> settings = [];
    private readonly List<HoconPath> namedSettings = [];

    public ConfigurationSchema(HoconObject reference)
    {
        this.reference = reference;
        Collect(reference, []);
    }

    /// <summary>The paths of all settings that have a fixed name.</summary>
    public IReadOnlyList<HoconPath> Settings => settings;

    /// <summary>The paths of settings below a free name, which stands in them as <see cref="AnyName"/>.</summary>
    public IReadOnlyList<HoconPath> NamedSettings => namedSettings;

    /// <summary>The setting's default, or null when there is no such setting.</summary>
    public HoconValue? Find(HoconPath path)
    {
        HoconValue? at = reference;
        foreach (string key in path.Keys)
            at = at is HoconObject fields ? fields.Find(key) ?? fields.Find(AnyName) : null;
        return at;
    }

    /// <summary>Adds a sentence to <paramref name="problems"/> for each setting that does not exist or has the wrong shape.</summary>
    public void Check(HoconObject configuration, List<string> problems) => Check(configuration, reference, [], problems);

    /// <summary>What to write instead of an unknown key.</summary>
    public string Suggest(string key, HoconObject siblings, IEnumerable<string> parent)
    {
        string? near = NearestName.Find(key, siblings.Fields.Select(field => field.Key).Where(name => name != AnyName));
        if (near is not null)
            return $"did you mean {new HoconPath([.. parent, near])}?";
        string[] elsewhere = [.. settings.Where(path => path.Keys[^1] == key).Select(path => path.ToString())];
        return elsewhere.Length > 0
            ? $"did you mean {string.Join(" or ", elsewhere)}?"
            : $"there are {string.Join(", ", siblings.Fields.Select(field => field.Key))} (hocon/reference.conf lists every setting)";
    }

    private void Collect(HoconObject fields, List<string> parent)
    {
        foreach ((string key, HoconValue value) in fields.Fields)
        {
            List<string> path = [.. parent, key];
            if (key == Anything)
                continue;
            if (value is HoconObject inner)
                Collect(inner, path);
            else
                (path.Contains(AnyName, StringComparer.Ordinal) ? namedSettings : settings).Add(new HoconPath(path));
        }
    }

    private void Check(HoconObject configuration, HoconObject known, List<string> parent, List<string> problems)
    {
        if (known.Find(Anything) is not null)
            return;
        foreach ((string key, HoconValue value) in configuration.Fields)
        {
            List<string> path = [.. parent, key];
            HoconValue? expected = known.Find(key) ?? known.Find(AnyName);
            if (expected is null)
                problems.Add($"{value.Origin}: no setting is called {new HoconPath(path)}; {Suggest(key, known, parent)}");
            else if (value is HoconObject inner && expected is HoconObject knownInner)
                Check(inner, knownInner, path, problems);
            else if (!SameShape(value, expected))
                problems.Add($"{value.Origin}: {new HoconPath(path)} is {value.Kind}, but should be {expected.Kind}");
        }
    }

    private static bool SameShape(HoconValue value, HoconValue expected) => expected switch
    {
        HoconScalar => value is HoconScalar,
        HoconArray => value is HoconArray array && array.Items.All(item => item is HoconScalar),
        _ => value is HoconObject,
    };
}
