using System.Globalization;

namespace Cocoon.Inference.Structured;

/// <summary>
/// Turns the regular expression of a schema's <c>pattern</c> into grammar nodes for the inside of a JSON string. The subset:
/// literals, <c>.</c>, classes, <c>\d \w \s</c> and their opposites, groups, alternatives, <c>* + ? {m,n}</c>, <c>^</c> first and
/// <c>$</c> last. Anything else is refused. As JSON schema has it, a pattern without <c>^</c> and <c>$</c> may match anywhere.
/// </summary>
internal sealed class PatternCompiler(GrammarBuilder builder, JsonRules json, string pattern, string path)
{
    private const int MostPatternChars = 1000;
    private const int MostRepeat = 256;
    private const int MostDepth = 32;

    private int index;
    private int depth;

    private delegate int Part(int next);

    /// <summary>The nodes of the pattern before a node.</summary>
    public int Compile(int next)
    {
        if (pattern.Length > MostPatternChars)
            throw Refuse($"is longer than {MostPatternChars} characters");
        bool isStartFixed = pattern.StartsWith('^');
        bool isEndFixed = pattern.EndsWith('$') && !pattern.EndsWith("\\$", StringComparison.Ordinal);
        index = isStartFixed ? 1 : 0;
        Part body = Alternatives();
        if (index < pattern.Length && !(isEndFixed && index == pattern.Length - 1))
            throw Refuse($"has '{pattern[index]}' where it is not supported");
        if ((isStartFixed || isEndFixed) && HasTopAlternative)
            throw Refuse("has alternatives beside '^' or '$': put them in a group");
        Part any = after => builder.Call(json.Character, after);
        int end = isEndFixed ? next : builder.Star(loop => any(loop), next);
        int start = body(end);
        return isStartFixed ? start : builder.Star(loop => any(loop), start);
    }

    private bool HasTopAlternative { get; set; }

    private Part Alternatives()
    {
        if (++depth > MostDepth)
            throw Refuse($"nests deeper than {MostDepth}");
        List<Part> branches = [Sequence()];
        while (index < pattern.Length && pattern[index] == '|')
        {
            index++;
            branches.Add(Sequence());
            HasTopAlternative |= depth == 1;
        }

        depth--;
        return branches.Count == 1 ? branches[0] : next => builder.Either([.. branches.Select(branch => branch(next))]);
    }

    private Part Sequence()
    {
        List<Part> parts = [];
        while (index < pattern.Length && pattern[index] is not ('|' or ')') && !(pattern[index] == '$' && index == pattern.Length - 1))
            parts.Add(Quantified(Atom()));
        return next =>
        {
            for (int at = parts.Count - 1; at >= 0; at--)
                next = parts[at](next);
            return next;
        };
    }

    private Part Quantified(Part atom)
    {
        if (index >= pattern.Length)
            return atom;
        int least;
        int? most;
        switch (pattern[index])
        {
            case '*': (least, most) = (0, null); index++; break;
            case '+': (least, most) = (1, null); index++; break;
            case '?': (least, most) = (0, 1); index++; break;
            case '{': (least, most) = Bounds(); break;
            default: return atom;
        }

        if (index < pattern.Length && pattern[index] == '?')
            index++;
        if (index < pattern.Length && pattern[index] is '+' or '*' or '{')
            throw Refuse("has a quantifier after a quantifier");
        return next => builder.Repeat(after => atom(after), least, most, next);
    }

    private (int Least, int? Most) Bounds()
    {
        int end = pattern.IndexOf('}', index);
        string[] parts = end < 0 ? [] : pattern[(index + 1)..end].Split(',');
        if (parts.Length is 0 or > 2 || !TryCount(parts[0], out int least))
            throw Refuse("has a '{' that is no count: write '\\{'");
        int? most = parts.Length == 1 ? least : parts[1].Length == 0 ? null : TryCount(parts[1], out int limit) ? limit : throw Refuse("has a count that is no number");
        index = end + 1;
        return most < least || least > MostRepeat || most > MostRepeat ? throw Refuse($"has a count that is not ordered or above {MostRepeat}") : (least, most);
    }

    private static bool TryCount(string text, out int count) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count);

    private Part Atom()
    {
        char symbol = pattern[index++];
        switch (symbol)
        {
            case '(':
                return Group();
            case '[':
                CharacterClass set = Class();
                return next => set.Compile(builder, json, next);
            case '.':
                CharacterClass dot = CharacterClass.Of('\n').Opposite();
                return next => dot.Compile(builder, json, next);
            case '\\':
                CharacterClass escaped = Escape(inClass: false);
                return next => escaped.Compile(builder, json, next);
            case '*' or '+' or '?' or '{' or '^' or '$':
                throw Refuse($"has '{symbol}' where it is not supported");
            default:
                if (char.IsHighSurrogate(symbol) && index < pattern.Length)
                {
                    string pair = pattern.Substring(index++ - 1, 2);
                    return next => builder.Literal(pair, next);
                }

                CharacterClass one = CharacterClass.Of(symbol);
                return next => one.Compile(builder, json, next);
        }
    }

    private Part Group()
    {
        if (index + 1 < pattern.Length && pattern[index] == '?')
        {
            if (pattern[index + 1] != ':')
                throw Refuse($"has '(?{pattern[index + 1]}', which is not supported; only '(?:' is");
            index += 2;
        }

        Part inner = Alternatives();
        if (index >= pattern.Length || pattern[index] != ')')
            throw Refuse("has a '(' that is not closed");
        index++;
        return inner;
    }

    private CharacterClass Class()
    {
        bool isOpposite = index < pattern.Length && pattern[index] == '^';
        if (isOpposite)
            index++;
        CharacterClass set = CharacterClass.Empty;
        bool isFirst = true;
        while (true)
        {
            if (index >= pattern.Length)
                throw Refuse("has a '[' that is not closed");
            char symbol = pattern[index++];
            if (symbol == ']' && !isFirst)
                break;
            isFirst = false;
            CharacterClass item = symbol == '\\' ? Escape(inClass: true) : CharacterClass.Of(symbol);
            if (index + 1 < pattern.Length && pattern[index] == '-' && pattern[index + 1] != ']' && item.Single is char first)
            {
                index++;
                char last = pattern[index++];
                CharacterClass end = last == '\\' ? Escape(inClass: true) : CharacterClass.Of(last);
                if (end.Single is not char final || final < first || final > 0x7E)
                    throw Refuse("has a range that is not ordered or not within ASCII");
                item = CharacterClass.Between(first, final);
            }

            set = set.Union(item);
        }

        return isOpposite ? set.Opposite() : set;
    }

    private CharacterClass Escape(bool inClass)
    {
        if (index >= pattern.Length)
            throw Refuse("ends in a backslash");
        char symbol = pattern[index++];
        CharacterClass word = CharacterClass.Between('a', 'z').Union(CharacterClass.Between('A', 'Z')).Union(CharacterClass.Between('0', '9')).Union(CharacterClass.Of('_'));
        CharacterClass space = CharacterClass.Of(' ').Union(CharacterClass.Of('\t')).Union(CharacterClass.Of('\n')).Union(CharacterClass.Of('\r')).Union(CharacterClass.Of('\f'));
        switch (symbol)
        {
            case 'd': return CharacterClass.Between('0', '9');
            case 'D': return CharacterClass.Between('0', '9').Opposite();
            case 'w': return word;
            case 'W': return word.Opposite();
            case 's': return space;
            case 'S': return space.Opposite();
            case 'n': return CharacterClass.Of('\n');
            case 'r': return CharacterClass.Of('\r');
            case 't': return CharacterClass.Of('\t');
            case 'f': return CharacterClass.Of('\f');
            case 'x': return CharacterClass.Of(Hex(2));
            case 'u': return CharacterClass.Of(Hex(4));
            case 'b' when inClass: return CharacterClass.Of('\b');
            default:
                return char.IsAsciiLetterOrDigit(symbol) ? throw Refuse($"has '\\{symbol}', which is not supported") : CharacterClass.Of(symbol);
        }
    }

    private char Hex(int digits)
    {
        if (index + digits > pattern.Length || !int.TryParse(pattern.AsSpan(index, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
            throw Refuse("has an escape without its hexadecimal digits");
        index += digits;
        return (char)value;
    }

    private GrammarException Refuse(string problem) => new($"{path}: 'pattern' {problem}");
}

/// <summary>A set of characters inside a JSON string: of ASCII any, of the rest all or single ones.</summary>
internal sealed class CharacterClass
{
    private readonly UInt128 ascii;
    private readonly bool hasAllLong;
    private readonly string longOnes;

    private CharacterClass(UInt128 ascii, bool hasAllLong, string longOnes) => (this.ascii, this.hasAllLong, this.longOnes) = (ascii, hasAllLong, longOnes);

    public static CharacterClass Empty { get; } = new(0, false, string.Empty);

    /// <summary>The character, when there is only one.</summary>
    public char? Single { get; private init; }

    public static CharacterClass Of(char symbol) => symbol < 0x80
        ? new(UInt128.One << symbol, false, string.Empty) { Single = symbol }
        : new(0, false, symbol.ToString()) { Single = symbol };

    public static CharacterClass Between(char first, char last)
    {
        UInt128 bits = 0;
        for (int value = first; value <= last; value++)
            bits |= UInt128.One << value;
        return new CharacterClass(bits, false, string.Empty);
    }

    public CharacterClass Union(CharacterClass other) => new(ascii | other.ascii, hasAllLong || other.hasAllLong, longOnes + other.longOnes);

    /// <summary>Everything else. The opposite of single characters beyond ASCII leaves out all of those, which keeps it sound.</summary>
    public CharacterClass Opposite() => new(~ascii, !hasAllLong && longOnes.Length == 0, string.Empty);

    public int Compile(GrammarBuilder builder, JsonRules json, int next)
    {
        List<int> branches = [];
        ByteSet plain = default;
        for (int value = 0x20; value < 0x7F; value++)
        {
            if (value is not ('"' or '\\') && Has((char)value))
                plain = plain.With((byte)value);
        }

        if (!plain.IsEmpty)
            branches.Add(builder.Set(plain, next));
        foreach ((char symbol, string escape) in (ReadOnlySpan<(char, string)>)[('"', "\\\""), ('\\', "\\\\"), ('\n', "\\n"), ('\r', "\\r"), ('\t', "\\t"), ('\b', "\\b"), ('\f', "\\f")])
        {
            if (Has(symbol))
                branches.Add(builder.Literal(escape, next));
        }

        if (hasAllLong)
            branches.Add(json.LongCharacter(next));
        foreach (char symbol in longOnes)
            branches.Add(builder.Literal(symbol.ToString(), next));
        return branches.Count > 0 ? builder.Either([.. branches]) : throw new GrammarException("'pattern' has a class that no character is in");
    }

    private bool Has(char symbol) => (ascii >> symbol & 1) != 0;
}
