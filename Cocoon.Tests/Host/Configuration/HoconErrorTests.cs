using Cocoon.Host.Configuration.Hocon;

namespace Cocoon.Tests.Host.Configuration;

/// <summary>Errors name file, line and column; hostile input is refused quickly and with bounded memory.</summary>
public class HoconErrorTests
{
    [Theory]
    [InlineData("a = 1\nb 2", "2:4", "= value")]
    [InlineData("a = {\n b = 1\n", "1:5", "missing }")]
    [InlineData("a = [1, 2", "1:5", "missing ]")]
    [InlineData("a = \"x\nb = 1", "1:5", "not closed")]
    [InlineData("a = \"\"\"x", "1:5", "not closed")]
    [InlineData("a = \"\\q\"", "1:7", "escape")]
    [InlineData("a = http://x", "1:9", "quotes")]
    [InlineData("a = 1 }", "1:7", "")]
    [InlineData("[1]", "1:1", "object")]
    [InlineData("a = ", "1:5", "value")]
    [InlineData("= 1", "1:1", "key")]
    [InlineData("a..b = 1", "1:3", "empty key")]
    [InlineData("a = [1,,2]", "1:8", "commas")]
    [InlineData("a = ${b", "1:8", "close")]
    [InlineData("a = x\nb = ${nope}", "2:5", "${nope} is set nowhere")]
    [InlineData("a = [1] x", "1:5", "side by side")]
    [InlineData("a = {} [1]", "1:5", "side by side")]
    [InlineData("a = 1, a += 2", "1:10", "adds to an array")]
    [InlineData("include url(\"http://x\")", "1:9", "only files")]
    [InlineData("include required(\"not-there.conf\")", "1:1", "does not exist")]
    [InlineData("include \"a.conf\" b = 1", "1:18", "after a setting")]
    public void Names_the_place_and_what_to_do(string text, string place, string advice)
    {
        HoconException error = Assert.Throws<HoconException>(() => HoconText.Read(text));
        Assert.StartsWith($"test.conf:{place}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a = ${a}")]
    [InlineData("a = ${b}, b = ${a}")]
    [InlineData("a = ${?b}, b = ${?a}")]
    [InlineData("a = ${b}, b = ${c}x, c = [${a}]")]
    [InlineData("a { b = ${a} }")]
    [InlineData("a { b = ${a} { c = 1 } }")]
    [InlineData("a { b = ${c.d} }, c { d = ${a.b} }")]
    public void Circles_are_refused(string text) => Assert.Throws<HoconException>(() => HoconText.Read(text));

    [Fact]
    public void Deep_nesting_is_refused()
    {
        Assert.Throws<HoconException>(() => HoconText.Read(new string('{', 1_000_000)));
        Assert.Throws<HoconException>(() => HoconText.Read("a = " + new string('[', 1_000_000)));
        Assert.Throws<HoconException>(() => HoconText.Read(string.Concat(Enumerable.Repeat("a.", 1_000_000)) + "b = 1"));
        Assert.Throws<HoconException>(() => HoconText.Read(string.Concat(Enumerable.Repeat("a { ", 100_000))));
    }

    [Fact]
    public void Long_chains_of_substitutions_are_refused()
    {
        string chain = string.Join('\n', Enumerable.Range(0, 100_000).Select(i => $"a{i} = ${{a{i + 1}}}"));
        Assert.Throws<HoconException>(() => HoconText.Read(chain));
    }

    [Fact]
    public void Multiplying_substitutions_are_refused()
    {
        string arrays = "a0 = [x, x]\n" + string.Join('\n', Enumerable.Range(1, 60).Select(i => $"a{i} = [${{a{i - 1}}}, ${{a{i - 1}}}]"));
        Assert.Contains("multiply", Assert.Throws<HoconException>(() => HoconText.Read(arrays)).Message, StringComparison.Ordinal);
        string texts = "a = xxxxxxxx\n" + string.Concat(Enumerable.Repeat("a = ${a}${a}\n", 60));
        Assert.Throws<HoconException>(() => HoconText.Read(texts));
        string objects = "a0 { x = 1 }\n" + string.Join('\n', Enumerable.Range(1, 60).Select(i => $"a{i} {{ l = ${{a{i - 1}}}, r = ${{a{i - 1}}} }}"));
        Assert.Throws<HoconException>(() => HoconText.Read(objects));
    }

    [Fact]
    public void Random_input_never_fails_otherwise()
    {
        const string letters = "ab.{}[]\"$?=:+,#/\n \\u0\t";
        Random random = new(7);
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => letters[random.Next(letters.Length)]));
            try
            {
                HoconText.Read(text);
            }
            catch (HoconException)
            {
                // Refused: that is an answer.
            }
        }
    }
}
