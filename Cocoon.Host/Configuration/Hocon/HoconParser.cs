using System.Text;

namespace Cocoon.Host.Configuration.Hocon;

/// <summary>Reads HOCON text (lightbend/config, HOCON.md) into nodes. Includes are read in place.</summary>
internal sealed class HoconParser
{
    private readonly HoconScanner scanner;
    private readonly HoconIncludes includes;
    private readonly string source;
    private readonly IReadOnlyList<HoconPath> prefixes;
    private readonly List<string> path = [];
    private int depth;
    private int arrays;

    /// <param name="source">The file's path, or what else to call the source.</param>
    /// <param name="text">Its text.</param>
    /// <param name="includes">Reads other files.</param>
    /// <param name="prefixes">Where this source is included, innermost first.</param>
    public HoconParser(string source, string text, HoconIncludes includes, IReadOnlyList<HoconPath> prefixes)
    {
        scanner = new HoconScanner(source, text);
        this.source = source;
        this.includes = includes;
        this.prefixes = prefixes;
    }

    /// <summary>The whole source: an object, with or without its braces.</summary>
    public HoconObjectNode ParseRoot()
    {
        scanner.SkipLines();
        HoconOrigin origin = scanner.Origin;
        if (scanner.Current == '[' && !scanner.AtEnd)
            throw scanner.Wrong("a configuration is an object: begin with a setting (key = value), not with an array");
        HoconObjectNode root = scanner.TryTake("{") ? ParseObject(origin, '}') : ParseObject(origin, end: null);
        scanner.SkipLines();
        return scanner.AtEnd ? root : throw scanner.Wrong($"{scanner.Describe()} after the end of the configuration: remove it");
    }

    /// <summary>The whole source: one value.</summary>
    public HoconNode ParseSingleValue()
    {
        scanner.SkipLines();
        HoconNode value = ParseValue();
        scanner.SkipLines();
        return scanner.AtEnd ? value : throw scanner.Wrong($"{scanner.Describe()} after the value: remove it, or put the whole in quotes");
    }

    private HoconObjectNode ParseObject(HoconOrigin origin, char? end)
    {
        Enter();
        List<HoconField> fields = [];
        scanner.SkipLines();
        while (!AtClosing(end, origin))
        {
            ParseField(fields);
            TakeSeparator(end, "after a setting: put each on a line of its own, or a comma between");
        }

        depth--;
        return new HoconObjectNode(origin, fields);
    }

    private HoconArrayNode ParseArray(HoconOrigin origin)
    {
        Enter();
        arrays++;
        List<HoconNode> items = [];
        scanner.SkipLines();
        while (!AtClosing(']', origin))
        {
            items.Add(ParseValue());
            TakeSeparator(']', "after an item of an array: separate items by commas or line ends");
        }

        arrays--;
        depth--;
        return new HoconArrayNode(origin, items);
    }

    private void Enter()
    {
        if (++depth > HoconLimits.Depth)
            throw scanner.Wrong($"nested deeper than {HoconLimits.Depth} levels: make it flatter");
    }

    private bool AtClosing(char? end, HoconOrigin origin)
    {
        if (scanner.AtEnd)
            return end is null ? true : throw new HoconException(origin, $"this is not closed: add the missing {end}");
        return end is char close && scanner.TryTake(close.ToString());
    }

    private void TakeSeparator(char? end, string advice)
    {
        bool newLine = scanner.SkipLines();
        if (scanner.TryTake(","))
        {
            scanner.SkipLines();
            if (scanner.Current == ',' && !scanner.AtEnd)
                throw scanner.Wrong("two commas in a row: remove one");
            return;
        }

        if (newLine || scanner.AtEnd || scanner.Current == end)
            return;
        throw scanner.Wrong($"{scanner.Describe()} {advice}");
    }

    private void ParseField(List<HoconField> fields)
    {
        if (TryParseInclude(fields))
            return;
        HoconOrigin origin = scanner.Origin;
        HoconPath key = ParsePath(ending: "before the value");
        path.AddRange(key.Keys);
        depth += key.Keys.Count - 1;
        HoconNode value = ParseAssigned(key);
        depth -= key.Keys.Count - 1;
        path.RemoveRange(path.Count - key.Keys.Count, key.Keys.Count);
        for (int i = key.Keys.Count - 1; i > 0; i--)
            value = new HoconObjectNode(origin, [new HoconField(key.Keys[i], value)]);
        fields.Add(new HoconField(key.Keys[0], value));
    }

    private HoconNode ParseAssigned(HoconPath key)
    {
        if (scanner.Current == '{' && !scanner.AtEnd)
            return ParseValue();
        HoconOrigin origin = scanner.Origin;
        bool append = scanner.TryTake("+=");
        if (!append && !scanner.TryTake("=") && !scanner.TryTake(":"))
            throw scanner.Wrong($"{scanner.Describe()} after the key {key}: write {key} = value");
        scanner.SkipLines();
        HoconNode value = ParseValue();
        return append ? new HoconAppendNode(origin, value) : value;
    }

    private HoconPath ParsePath(string ending)
    {
        List<string> keys = [];
        StringBuilder key = new();
        bool any = false;
        while (true)
        {
            string spaces = scanner.TakeSpaces();
            char letter = scanner.Current;
            if (scanner.AtEnd || letter is not ('"' or '.') && !scanner.AtBareWord)
                break;
            key.Append(any && letter != '.' ? spaces : "");
            if (letter == '"')
            {
                key.Append(scanner.TakeString());
                any = true;
            }
            else if (letter == '.')
            {
                keys.Add(any ? key.ToString() : throw scanner.Wrong("an empty key in a path: write it as \"\" if it is meant"));
                scanner.TryTake(".");
                key.Clear();
                any = false;
                scanner.TakeSpaces();
            }
            else
            {
                key.Append(scanner.TakeBareWord(inPath: true));
                any = true;
            }

            if (keys.Count > HoconLimits.Depth)
                throw scanner.Wrong($"a path of more than {HoconLimits.Depth} keys: shorten it");
        }

        keys.Add(any ? key.ToString() : throw scanner.Wrong($"{scanner.Describe()} where a key should stand {ending}"));
        return new HoconPath(keys);
    }

    private HoconNode ParseValue()
    {
        List<HoconNode> pieces = [];
        HoconOrigin origin = scanner.Origin;
        while (true)
        {
            HoconOrigin at = scanner.Origin;
            string spaces = scanner.TakeSpaces();
            if (scanner.AtEnd || scanner.AtComment || scanner.Current is '\n' or ',' or '}' or ']')
                break;
            if (spaces.Length > 0 && pieces.Count > 0)
                pieces.Add(new HoconSpaceNode(at, spaces));
            pieces.Add(ParsePiece());
        }

        return pieces.Count switch
        {
            0 => throw scanner.Wrong($"{scanner.Describe()} where a value should stand: write one (null or \"\" for none)"),
            1 => pieces[0],
            _ => new HoconConcatenationNode(origin, pieces),
        };
    }

    private HoconNode ParsePiece()
    {
        HoconOrigin origin = scanner.Origin;
        if (scanner.TryTake("{"))
            return ParseObject(origin, '}');
        if (scanner.TryTake("["))
            return ParseArray(origin);
        if (scanner.Current == '"')
            return new HoconScalarNode(origin, scanner.TakeString(), IsNull: false);
        if (scanner.TryTake("${"))
        {
            bool optional = scanner.TryTake("?");
            HoconPath target = ParsePath(ending: "inside ${}");
            return scanner.TryTake("}")
                ? new HoconSubstitutionNode(origin, target, optional, prefixes)
                : throw scanner.Wrong($"{scanner.Describe()} inside a substitution: close it with }}");
        }

        if (!scanner.AtBareWord)
            throw scanner.Wrong($"{scanner.Describe()} is not allowed in a value without quotes: put the value in double quotes");
        string word = scanner.TakeBareWord(inPath: false);
        return new HoconScalarNode(origin, word, IsNull: word == "null");
    }

    private bool TryParseInclude(List<HoconField> fields)
    {
        if (!scanner.Starts("include\"") && !scanner.Starts("include ") && !scanner.Starts("include\t"))
            return false;
        HoconOrigin origin = scanner.Origin;
        HoconIncludeSyntax? syntax = HoconIncludeSyntax.TryTake(scanner);
        if (syntax is null)
            return false;
        HoconPath? here = arrays > 0 || path.Count == 0 ? null : new HoconPath([.. path]);
        IReadOnlyList<HoconPath> inner = here is null
            ? prefixes
            : [prefixes.Count == 0 ? here : prefixes[0].Append(here), .. prefixes];
        HoconObjectNode? included = includes.Read(syntax, source, origin, inner);
        fields.AddRange(included?.Fields ?? []);
        return true;
    }
}
