using Cocoon.Inference.Templates;

namespace Cocoon.Tests.Inference.Templates;

/// <summary>A template comes with a model file: whatever it does, it ends soon, in bounded memory, with an error that names a place.</summary>
public sealed class TemplateLimitTests
{
    [Theory]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% for i in range(9999999999) %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x|tojson }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}")]
    [InlineData("{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}")]
    [InlineData("{{ 'x' * 99999999999 }}")]
    [InlineData("{{ [1] * 99999999999 }}")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")]
    [InlineData("{% macro f(a) %}{{ f(a ~ 'x') ~ f(a) }}{% endmacro %}{{ f('') }}")]
    [InlineData("{{ ('x' * 10000000)|replace('x', 'y' * 100) }}")]
    [InlineData("{{ (['y' * 10000] * 100000)|join }}")]
    [InlineData("{% for i in range(300) %}{{ 'x' * 1000000 }}{% endfor %}")]
    [InlineData("{{ ('\\n' * 10000000)|indent(256, blank=true) }}")]
    [InlineData("{{ ('x' * 10000000)|list }}")]
    [InlineData("{{ ('x ' * 5000000).split() }}")]
    public void Greedy_templates_are_stopped(string source)
    {
        TemplateException exception = Assert.Throws<TemplateException>(() => ChatTemplate.Parse(source).Render(new MapValue(), TimeProvider.System));
        Assert.Equal(TemplateFailure.Limit, exception.Failure);
        Assert.Contains("line 1, column", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ ", "(", "1", ")", " }}")]
    [InlineData("{{ ", "[", "1", "]", " }}")]
    [InlineData("{{ ", "not ", "1", "", " }}")]
    [InlineData("{{ ", "-", "1", "", " }}")]
    [InlineData("{{ ", "{'a': ", "1", "}", " }}")]
    [InlineData("{{ ", "x[", "1", "]", " }}")]
    [InlineData("{{ ", "f(", "1", ")", " }}")]
    [InlineData("{{ ", "1 if 1 else ", "1", "", " }}")]
    [InlineData("", "{% if x %}", "", "{% endif %}", "")]
    [InlineData("", "{% for x in y %}", "", "{% endfor %}", "")]
    [InlineData("{% if x %}", "{% elif y %}", "", "", "{% endif %}")]
    [InlineData("{% set ", "(", "a", ")", " = 1 %}")]
    public void Deep_nesting_is_refused(string before, string open, string middle, string close, string after)
    {
        string source = before + string.Concat(Enumerable.Repeat(open, 20_000)) + middle + string.Concat(Enumerable.Repeat(close, 20_000)) + after;
        TemplateException exception = Assert.Throws<TemplateException>(() => ChatTemplate.Parse(source));
        Assert.Equal(TemplateFailure.Limit, exception.Failure);
    }

    [Fact]
    public void Long_chains_are_refused_when_rendered()
    {
        string source = "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 20_000)) + " }}";
        TemplateException exception = Assert.Throws<TemplateException>(() => ChatTemplate.Parse(source).Render(new MapValue(), TimeProvider.System));
        Assert.Equal(TemplateFailure.Limit, exception.Failure);
    }

    [Fact]
    public void Errors_name_line_and_column()
    {
        TemplateException syntax = Assert.Throws<TemplateException>(() => ChatTemplate.Parse("a\nb {% if x %}\n  {{ x | nothing }}{% endif %}"));
        Assert.Equal((3, 10), (syntax.Line, syntax.Column));
        Assert.Equal("there is no filter 'nothing' in chat templates (chat template line 3, column 10)", syntax.Message);

        ChatTemplate template = ChatTemplate.Parse("a\n\n  {{ messages[0].content + 1 }}");
        TemplateException evaluation = Assert.Throws<TemplateException>(() => template.Render(new MapValue(), TimeProvider.System));
        Assert.Equal((3, 14), (evaluation.Line, evaluation.Column));
        Assert.Contains("'messages' is undefined", evaluation.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rendering_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        ChatTemplate template = ChatTemplate.Parse("{% for i in range(100000) %}{{ i }}{% endfor %}");
        Assert.Throws<OperationCanceledException>(() => template.Render(new MapValue(), TimeProvider.System, source.Token));
    }

    [Fact]
    public void Mutated_templates_fail_only_with_template_errors()
    {
        const string Source = "{% macro m(a, b=1) %}{{ a ~ b|upper }}{% endmacro %}{% for x in [1, 'b', {'k': 2}][::-1] %}{{ loop.index * 2 - 1 }}{% if x is string and x in 'abc' %}{{ m(x)[0:2] }}{% elif x is mapping %}{{ x|tojson(indent=2) }}{% else %}{{- '%s' % x -}}{% endif %}{% endfor %}";
        Random random = new(7);
        const string Pieces = "{}%#()[]|.,:'\"~+-*/ \n0a=<>";
        for (int round = 0; round < 4000; round++)
        {
            char[] mutated = Source.ToCharArray();
            for (int change = random.Next(1, 4); change > 0; change--)
                mutated[random.Next(mutated.Length)] = Pieces[random.Next(Pieces.Length)];
            try
            {
                ChatTemplate.Parse(new string(mutated)).Render(new MapValue(), TimeProvider.System);
            }
            catch (TemplateException)
            {
                // The only way that a template may fail.
            }
        }
    }
}
