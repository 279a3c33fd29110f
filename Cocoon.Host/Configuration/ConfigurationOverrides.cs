using Cocoon.Host.Configuration.Hocon;

namespace Cocoon.Host.Configuration;

/// <summary>Settings from the environment and from <c>--set</c>, as layers over the files.</summary>
internal sealed class ConfigurationOverrides(ConfigurationSchema schema, HoconIncludes includes, List<string> problems)
{
    /// <summary>
    /// <c>COCOON_GATEWAY_MAX_REQUEST</c> sets <c>gateway.max-request</c>, and <c>COCOON_WORKER_OPERATORS_MY_OWN_SEEDS</c> sets
    /// <c>worker.operators.my-own.seeds</c> (names in lower case, other names by <c>--set</c> or in the file). A variable that names no setting is a problem, not ignored:
    /// it is most likely misspelt.
    /// </summary>
    public HoconObjectNode FromVariables(string prefix, IReadOnlyDictionary<string, string> variables)
    {
        Dictionary<string, HoconPath> paths = schema.Settings.ToDictionary(path => VariableName(prefix, path), StringComparer.Ordinal);
        List<HoconField> fields = [];
        foreach (string name in variables.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            HoconOrigin origin = new($"environment variable {name}", 0, 0);
            if ((paths.GetValueOrDefault(name) ?? FindNamed(prefix, name)) is { } path)
                fields.Add(Assign(origin, path, variables[name]));
            else
                problems.Add($"{origin}: names no setting; {Suggest(name, paths.Keys)}");
        }

        return new HoconObjectNode(new HoconOrigin("environment", 0, 0), fields);
    }

    /// <summary><c>gateway.max-body=1MiB</c></summary>
    public HoconObjectNode FromArguments(IReadOnlyList<string> arguments)
    {
        List<HoconField> fields = [];
        foreach (string argument in arguments)
        {
            HoconOrigin origin = new($"--set {argument}", 0, 0);
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new HoconException(origin, "write --set key=value");
            HoconObjectNode key = new HoconParser(origin.Source, argument[..equals] + " = null", includes, []).ParseRoot();
            fields.Add(Assign(origin, new HoconPath([.. Keys(key)]), argument[(equals + 1)..]));
        }

        return new HoconObjectNode(new HoconOrigin("--set", 0, 0), fields);
    }

    /// <summary>The environment variable that sets <paramref name="path"/>.</summary>
    public static string VariableName(string prefix, HoconPath path) =>
        prefix + string.Join('_', path.Keys).Replace('-', '_').ToUpperInvariant();

    private HoconPath? FindNamed(string prefix, string variable)
    {
        foreach (HoconPath path in schema.NamedSettings)
        {
            string[] ends = VariableName(prefix, path).Split(ConfigurationSchema.AnyName);
            if (ends.Length != 2 || variable.Length <= ends[0].Length + ends[1].Length
                || !variable.StartsWith(ends[0], StringComparison.Ordinal) || !variable.EndsWith(ends[1], StringComparison.Ordinal))
                continue;
            string name = variable[ends[0].Length..^ends[1].Length].ToLowerInvariant().Replace('_', '-');
            return new HoconPath([.. path.Keys.Select(key => key == ConfigurationSchema.AnyName ? name : key)]);
        }

        return null;
    }

    private static string Suggest(string name, IEnumerable<string> known) =>
        NearestName.Find(name, known) is { } near ? $"did you mean {near}?" : "remove it (hocon/reference.conf lists every setting)";

    private static IEnumerable<string> Keys(HoconObjectNode node)
    {
        for (HoconNode at = node; at is HoconObjectNode { Fields: [HoconField field] }; at = field.Value)
            yield return field.Key;
    }

    private HoconField Assign(HoconOrigin origin, HoconPath path, string text)
    {
        HoconNode value = Parse(origin, path, text);
        for (int i = path.Keys.Count - 1; i > 0; i--)
            value = new HoconObjectNode(origin, [new HoconField(path.Keys[i], value)]);
        return new HoconField(path.Keys[0], value);
    }

    /// <summary>HOCON when it looks like it, otherwise the text itself: a shell has eaten the quotes.</summary>
    private HoconNode Parse(HoconOrigin origin, HoconPath path, string text)
    {
        string trimmed = text.Trim();
        if (trimmed.Length > 0 && trimmed[0] is '[' or '{' or '"' || trimmed.StartsWith("${", StringComparison.Ordinal))
            return new HoconParser(origin.Source, trimmed, includes, []).ParseSingleValue();
        if (schema.Find(path) is not HoconArray)
            return new HoconScalarNode(origin, text, IsNull: trimmed == "null");
        string[] items = trimmed.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new HoconArrayNode(origin, [.. items.Select(item => new HoconScalarNode(origin, item, IsNull: false))]);
    }
}
