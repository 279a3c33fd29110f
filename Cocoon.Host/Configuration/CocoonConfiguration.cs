using Cocoon.Host.Configuration.Hocon;
using Microsoft.Extensions.Configuration;

namespace Cocoon.Host.Configuration;

/// <summary>
/// A loaded configuration. From weak to strong: <c>reference.conf</c>, the file given, environment variables <c>COCOON_...</c>,
/// <c>--set key=value</c>. Substitutions are resolved over all of them together.
/// </summary>
internal sealed class CocoonConfiguration
{
    private const string VariablePrefix = "COCOON_";

    private CocoonConfiguration(HoconObject tree)
    {
        Tree = tree;
        Root = new ConfigurationBuilder().Add(new HoconConfigurationSource(tree)).Build();
    }

    /// <summary>The resolved settings, each with its place.</summary>
    public HoconObject Tree { get; }

    /// <summary>The same as ordinary configuration.</summary>
    public IConfigurationRoot Root { get; }

    /// <summary>
    /// Loads the configuration. Throws <see cref="HoconException"/> for text that cannot be read and
    /// <see cref="ConfigurationException"/> for settings that do not exist.
    /// </summary>
    /// <param name="file">The file, or null for the defaults alone.</param>
    /// <param name="overrides">Texts of the form <c>key=value</c>.</param>
    /// <param name="variables">The environment.</param>
    public static CocoonConfiguration Load(
        string? file, IReadOnlyList<string> overrides, IReadOnlyDictionary<string, string> variables)
    {
        HoconIncludes includes = new();
        HoconObjectNode reference = new HoconParser("reference.conf", ReadReference(), includes, []).ParseRoot();
        string? Variable(string name) => variables.GetValueOrDefault(name);
        ConfigurationSchema schema = new(HoconResolver.Resolve([reference], Variable));
        List<string> problems = [];
        List<HoconObjectNode> layers = [reference];
        if (file is not null)
            layers.Add(includes.ReadFile(file));
        ConfigurationOverrides given = new(schema, includes, problems);
        layers.Add(given.FromVariables(VariablePrefix, variables));
        layers.Add(given.FromArguments(overrides));
        HoconObject tree = HoconResolver.Resolve(layers, Variable);
        schema.Check(tree, problems);
        return problems.Count == 0 ? new CocoonConfiguration(tree) : throw new ConfigurationException(problems);
    }

    /// <summary>The process's environment.</summary>
    public static IReadOnlyDictionary<string, string> ProcessVariables()
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        return variables;
    }

    /// <summary>The text of <c>hocon/reference.conf</c>, which is part of the program.</summary>
    public static string ReadReference()
    {
        using Stream stream = typeof(CocoonConfiguration).Assembly.GetManifestResourceStream("reference.conf")
            ?? throw new InvalidOperationException("reference.conf is not embedded in the program");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
