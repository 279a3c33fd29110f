namespace Cocoon.Inference.Structured;

/// <summary>
/// The grammar of JSON itself (RFC 8259). Between tokens one space or up to two line breaks with indentation may stand, not more,
/// so that a model cannot fill its answer with space; numbers have at most 16 digits before and after the point.
/// </summary>
internal sealed class JsonRules
{
    private const int MostIndent = 20;
    private const int MostDigits = 16;

    private static readonly ByteSet Digits = ByteSet.Of((byte)'0', (byte)'9');
    private static readonly ByteSet Continuation = ByteSet.Of(0x80, 0xBF);

    private readonly GrammarBuilder builder;

    public JsonRules(GrammarBuilder builder)
    {
        this.builder = builder;
        Space = Define(SpaceBody);
        Character = Define(next => builder.Either(PlainCharacter(next), Escape(next)));
        Text = Define(next => builder.Literal("\"", builder.Star(loop => builder.Call(Character, loop), builder.Literal("\"", next))));
        Integer = Define(IntegerBody);
        Number = Define(next => IntegerBody(Fraction(Exponent(next))));
        Value = builder.DeclareRule();
        Object = Define(next => Members(next, Member(Text, Value)));
        Array = Define(next => Items(next, after => builder.Call(Value, after), 0, null));
        builder.DefineRule(Value, builder.Either(
            builder.Call(Object, GrammarBuilder.ReturnNode),
            builder.Call(Array, GrammarBuilder.ReturnNode),
            builder.Call(Text, GrammarBuilder.ReturnNode),
            builder.Call(Number, GrammarBuilder.ReturnNode),
            builder.Literal("true", GrammarBuilder.ReturnNode),
            builder.Literal("false", GrammarBuilder.ReturnNode),
            builder.Literal("null", GrammarBuilder.ReturnNode)));
    }

    public int Space { get; }

    public int Character { get; }

    public int Text { get; }

    public int Integer { get; }

    public int Number { get; }

    public int Value { get; }

    public int Object { get; }

    public int Array { get; }

    public int Define(Func<int, int> body)
    {
        int rule = builder.DeclareRule();
        builder.DefineRule(rule, body(GrammarBuilder.ReturnNode));
        return rule;
    }

    /// <summary>Key, colon and value.</summary>
    public Func<int, int> Member(int keyRule, int valueRule) =>
        next => builder.Call(keyRule, Colon(builder.Call(valueRule, next)));

    public int Colon(int next) => builder.Literal(":", builder.Call(Space, next));

    public int Comma(int next) => builder.Literal(",", builder.Call(Space, next));

    /// <summary>An array of items, one after the other.</summary>
    public int Items(int next, Func<int, int> item, int least, int? most)
    {
        int end = builder.Call(Space, builder.Literal("]", next));
        if (most == 0)
            return builder.Literal("[", end);
        int? further = most is { } limit ? limit - 1 : null;
        int body = item(builder.Repeat(after => Comma(item(after)), Math.Max(least - 1, 0), further, end));
        return builder.Literal("[", least > 0 ? builder.Call(Space, body) : builder.Either(builder.Call(Space, body), end));
    }

    /// <summary>Any valid UTF-8 character of more than one byte.</summary>
    public int LongCharacter(int next)
    {
        int one = builder.Set(Continuation, next);
        int two = builder.Set(Continuation, one);
        return builder.Either(
            builder.Range(0xC2, 0xDF, one),
            builder.Literal([0xE0], builder.Range(0xA0, 0xBF, one)),
            builder.Set(ByteSet.Of(0xE1, 0xEC).Union(ByteSet.Of(0xEE, 0xEF)), two),
            builder.Literal([0xED], builder.Range(0x80, 0x9F, one)),
            builder.Literal([0xF0], builder.Range(0x90, 0xBF, two)),
            builder.Range(0xF1, 0xF3, builder.Set(Continuation, two)),
            builder.Literal([0xF4], builder.Range(0x80, 0x8F, two)));
    }

    private int Members(int next, Func<int, int> member)
    {
        int end = builder.Call(Space, builder.Literal("}", next));
        int body = member(builder.Star(loop => Comma(member(loop)), end));
        return builder.Literal("{", builder.Either(builder.Call(Space, body), end));
    }

    private int SpaceBody(int next)
    {
        int indent = builder.Repeat(after => builder.Set(ByteSet.Of(" \t"u8), after), 0, MostIndent, next);
        int oneBreak = builder.Literal("\n", indent);
        return builder.Either(next, builder.Literal(" ", next), oneBreak, builder.Literal("\n", oneBreak));
    }

    private int PlainCharacter(int next) => builder.Either(
        builder.Set(ByteSet.Of(0x20, 0x7E).Except(ByteSet.Of("\"\\"u8)), next),
        LongCharacter(next));

    /// <summary>An escape; halves of surrogate pairs are left out because alone they are no text.</summary>
    private int Escape(int next)
    {
        ByteSet hex = Digits.Union(ByteSet.Of((byte)'a', (byte)'f')).Union(ByteSet.Of((byte)'A', (byte)'F'));
        int two = builder.Set(hex, builder.Set(hex, next));
        int four = builder.Either(
            builder.Set(hex.Except(ByteSet.Of("dD"u8)), builder.Set(hex, two)),
            builder.Set(ByteSet.Of("dD"u8), builder.Range((byte)'0', (byte)'7', two)));
        return builder.Literal("\\", builder.Either(builder.Set(ByteSet.Of("\"\\/bfnrt"u8), next), builder.Literal("u", four)));
    }

    private int IntegerBody(int next)
    {
        int digits = builder.Either(
            builder.Literal("0", next),
            builder.Range((byte)'1', (byte)'9', builder.Repeat(after => builder.Set(Digits, after), 0, MostDigits - 1, next)));
        return builder.Either(digits, builder.Literal("-", digits));
    }

    private int Fraction(int next) =>
        builder.Either(next, builder.Literal(".", builder.Repeat(after => builder.Set(Digits, after), 1, MostDigits, next)));

    private int Exponent(int next)
    {
        int digits = builder.Repeat(after => builder.Set(Digits, after), 1, 2, next);
        return builder.Either(next, builder.Set(ByteSet.Of("eE"u8), builder.Either(digits, builder.Set(ByteSet.Of("+-"u8), digits))));
    }
}
