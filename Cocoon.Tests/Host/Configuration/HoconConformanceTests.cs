namespace Cocoon.Tests.Host.Configuration;

/// <summary>The cases of HOCON's specification (lightbend/config, HOCON.md), in our own words.</summary>
public class HoconConformanceTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("{ \"a\" : 1, \"b\" : [true, null, \"x\"] }", "{a:1,b:[true,~,x]}")]
    [InlineData("a = 1, b : 2\nc { d = 3 }", "{a:1,b:2,c:{d:3}}")]
    [InlineData("a = [1, 2,\n 3\n4,]", "{a:[1,2,3,4]}")]
    [InlineData("a = 1 // one\n# two\nb = 2 # three", "{a:1,b:2}")]
    [InlineData("a = \"#no //comment\"", "{a:#no //comment}")]
    [InlineData("\uFEFFa = 1\r\nb = 2\r\n", "{a:1,b:2}")]
    [InlineData("a =\n  1", "{a:1}")]
    public void Syntax_is_a_superset_of_json(string text, string expected) => Same(text, expected);

    [Theory]
    [InlineData("a.b.c = 1", "{a:{b:{c:1}}}")]
    [InlineData("a.\"b.c\".d = 1", "{a:{b.c:{d:1}}}")]
    [InlineData("\"\" = 1", "{:1}")]
    [InlineData("a b c : 1", "{a b c:1}")]
    [InlineData("10.0foo = 1", "{10:{0foo:1}}")]
    [InlineData("true.false = 1", "{true:{false:1}}")]
    [InlineData("a\"b.c\"d = 1", "{ab.cd:1}")]
    [InlineData("include-me = 1, includes = 2, include = 3", "{include-me:1,includes:2,include:3}")]
    public void Keys_are_paths(string text, string expected) => Same(text, expected);

    [Theory]
    [InlineData("a = 1, a = 2", "{a:2}")]
    [InlineData("a { x = 1, y = 2 }, a { y = 3, z = 4 }", "{a:{x:1,y:3,z:4}}")]
    [InlineData("a.x = 1, a.y = 2", "{a:{x:1,y:2}}")]
    [InlineData("a { x = 1 }, a = null, a { y = 2 }", "{a:{y:2}}")]
    [InlineData("a { x = 1 }, a = 5", "{a:5}")]
    [InlineData("a = 5, a { x = 1 }", "{a:{x:1}}")]
    [InlineData("a { b { c = 1 } }, a { b { d = 2 } }", "{a:{b:{c:1,d:2}}}")]
    public void Objects_merge_and_the_rest_is_replaced(string text, string expected) => Same(text, expected);

    [Theory]
    [InlineData("a =  the  quick fox  \n", "{a:the  quick fox}")]
    [InlineData("a = 1 \"2\" true", "{a:1 2 true}")]
    [InlineData("a = \"x\"\"y\"", "{a:xy}")]
    [InlineData("a = { x = 1 } { y = 2 }", "{a:{x:1,y:2}}")]
    [InlineData("a = [1, 2] [3]", "{a:[1,2,3]}")]
    [InlineData("a = [1 2, 3]", "{a:[1 2,3]}")]
    [InlineData("a = \"\"\"line \"one\"\nline two\"\"\"", "{a:line \"one\"\nline two}")]
    [InlineData("a = \"\"\"x\"\"\"\"\"", "{a:x\"\"}")]
    [InlineData("a = \"\\u00e9\\n\\t\\\"\\\\\"", "{a:é\n\t\"\\}")]
    [InlineData("a = 5%, b = a/b/c, c = -1.5e3", "{a:5%,b:a/b/c,c:-1.5e3}")]
    [InlineData("a = null x", "{a:null x}")]
    public void Values_concatenate(string text, string expected) => Same(text, expected);

    [Theory]
    [InlineData("a = 1, b = ${a}", "{a:1,b:1}")]
    [InlineData("b = ${a}, a = 1", "{b:1,a:1}")]
    [InlineData("a.b = 1, c = ${a}", "{a:{b:1},c:{b:1}}")]
    [InlineData("a = 1, b = x${a}y ${a}", "{a:1,b:x1y 1}")]
    [InlineData("a = ${?none}", "{}")]
    [InlineData("a = 1, a = ${?none}", "{a:1}")]
    [InlineData("a = [1, ${?none}, 2]", "{a:[1,2]}")]
    [InlineData("a = x${?none}y", "{a:xy}")]
    [InlineData("a = ${?none}${?none}", "{}")]
    [InlineData("base { x = 1 }, a = ${base} { y = 2 }", "{base:{x:1},a:{x:1,y:2}}")]
    [InlineData("base = [1], a = ${base} [2]", "{base:[1],a:[1,2]}")]
    [InlineData("a = \"${b}\"", "{a:${b}}")]
    [InlineData("a = ${b.\"c.d\"}, b { \"c.d\" = 1 }", "{a:1,b:{c.d:1}}")]
    [InlineData("a = ${none}, a = 1", "{a:1}")]
    public void Substitutions(string text, string expected) => Same(text, expected);

    [Theory]
    [InlineData("bar { foo = 42, baz = ${bar.foo} }", "{bar:{foo:42,baz:42}}")]
    [InlineData("bar { foo = 42, baz = ${bar.foo} }, bar { foo = 43 }", "{bar:{foo:43,baz:43}}")]
    [InlineData(
        "bar { a = ${foo.d}, b = 1 }, bar.b = 3, foo { c = ${bar.b}, d = 2 }, foo.d = 4",
        "{bar:{a:4,b:3},foo:{c:3,d:4}}")]
    [InlineData("path = a, path = ${path}:b", null)]
    [InlineData("path = \"a\", path = ${path}\":b\", path = ${path}\":c\"", "{path:a:b:c}")]
    [InlineData("a = ${?a}foo", "{a:foo}")]
    [InlineData("a { x = 1 }, a = ${a} { y = 2 }", "{a:{x:1,y:2}}")]
    [InlineData("foo { a { c = 1 } }, foo = ${foo.a}, foo { a = 2 }", "{foo:{a:2,c:1}}")]
    [InlineData("a = [1], a = ${a} [2]", "{a:[1,2]}")]
    [InlineData("a = [1], a = ${a} [${a}]", "{a:[1,[1]]}")]
    [InlineData("a.b = 1, a.b = ${a.b}2", "{a:{b:12}}")]
    [InlineData("a { b = 1 }, a { b = ${a.b}2 }", "{a:{b:12}}")]
    [InlineData("base { x = 1, x = ${base.x}2 }, d = ${base} { y = 3 }", "{base:{x:12},d:{x:12,y:3}}")]
    [InlineData("base { x = 1, x = ${base.x}2 }, d = ${base} { x = ${d.x}3 }", "{base:{x:12},d:{x:123}}")]
    public void A_field_may_refer_to_what_it_was(string text, string? expected)
    {
        if (expected is null)
            Assert.Throws<Cocoon.Host.Configuration.Hocon.HoconException>(() => HoconText.Read(text));
        else
            Same(text, expected);
    }

    [Theory]
    [InlineData("a += 1", "{a:[1]}")]
    [InlineData("a = [1], a += 2, a += 3", "{a:[1,2,3]}")]
    [InlineData("a.b += 1, a.b += 2", "{a:{b:[1,2]}}")]
    [InlineData("a { b = [1] }, a { b += 2 }, a.b += { c = 3 }", "{a:{b:[1,2,{c:3}]}}")]
    [InlineData("l = [{ x += 1, x += 2 }]", "{l:[{x:[1,2]}]}")]
    [InlineData("base { b += 1 }, d { b = [0] } ${base}", null)]
    [InlineData("base { b += 1 }, d = { b = [0] } ${base}", "{base:{b:[1]},d:{b:[1]}}")]
    [InlineData("base { b = [1] }, d = ${base}, d { b += 2 }", "{base:{b:[1]},d:{b:[1,2]}}")]
    public void Plus_equals_appends(string text, string? expected) =>
        Same(text, expected ?? "{base:{b:[1]},d:{b:[1]}}");

    [Fact]
    public void Falls_back_to_the_environment()
    {
        Assert.Equal("{a:/house/me}", HoconText.Show(HoconText.Read("a = ${HOME}", ("HOME", "/house/me"))));
        Assert.Equal("{a:1}", HoconText.Show(HoconText.Read("a = 1, a = ${?A_VAR}", ("B_VAR", "2"))));
        Assert.Equal("{a:2}", HoconText.Show(HoconText.Read("a = 1, a = ${?A_VAR}", ("A_VAR", "2"))));
        Assert.Equal("{HOME:x,a:x}", HoconText.Show(HoconText.Read("HOME = x, a = ${HOME}", ("HOME", "/house/me"))));
        Assert.Equal("{PATH:/bin:/x}", HoconText.Show(HoconText.Read("PATH = ${PATH}\":/x\"", ("PATH", "/bin"))));
    }

    private static void Same(string text, string expected) => Assert.Equal(expected, HoconText.Show(HoconText.Read(text)));
}
