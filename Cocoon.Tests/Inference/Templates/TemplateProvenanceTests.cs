using System.Text.Json;
using Cocoon.Inference.Templates;

namespace Cocoon.Tests.Inference.Templates;

/// <summary>What a user wrote never becomes trusted text, whatever the template does with it.</summary>
public sealed class TemplateProvenanceTests
{
    [Theory]
    [InlineData("{{ '<a>' + u + '</a>' }}", "T<a>|UEVIL|T</a>")]
    [InlineData("{{ '<a>' ~ u ~ 1 }}", "T<a>|UEVIL|T1")]
    [InlineData("{{ ('<a>' + u)|trim }}", "T<a>|UEVIL")]
    [InlineData("{{ ('  ' + u)|trim|lower }}", "Uevil")]
    [InlineData("{{ ('ab' + u)[1:4] }}", "Tb|UEV")]
    [InlineData("{{ ('ab' + u)[::-1] }}", "ULIVE|Tba")]
    [InlineData("{{ u|replace('VI', '<x>') }}", "UE|T<x>|UL")]
    [InlineData("{{ '<x>'|replace('x', u) }}", "T<|UEVIL|T>")]
    [InlineData("{{ [u, '<b>', u]|join('+') }}", "UEVIL|T+<b>+|UEVIL")]
    [InlineData("{{ u.split('V')[1] }}", "UIL")]
    [InlineData("{{ ('a,' + u + ',b').split(',')|join('|') }}", "Ta~|UEVIL|T~b")]
    [InlineData("{{ {'k': u}|tojson }}", "U{\"k\": \"EVIL\"}")]
    [InlineData("{{ {u: 1}|tojson }}", "U{\"EVIL\": 1}")]
    [InlineData("{{ {'k': 1}|tojson }}", "T{\"k\": 1}")]
    [InlineData("{{ [u] }}", "U['EVIL']")]
    [InlineData("{{ '<%s>' % u }}", "T<|UEVIL|T>")]
    [InlineData("{{ '<{}>'.format(u) }}", "T<|UEVIL|T>")]
    [InlineData("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(u)|upper }}", "T<|UEVIL|T>")]
    [InlineData("{% set c %}<{{ u }}>{% endset %}{{ c }}", "T<|UEVIL|T>")]
    [InlineData("{% for c in u %}{{ c }}{% endfor %}", "UEVIL")]
    [InlineData("{{ o.items()|map('first')|first }}{{ o|list|first }}", "Ukeykey")]
    [InlineData("{{ ('x\\n' + u)|indent(2) }}", "Tx\n  |UEVIL")]
    [InlineData("{{ u|title }}{{ u * 2 }}", "UEvilEVILEVIL")]
    [InlineData("{{ u|default('d') }}{{ z|default(u) }}{{ z|default('d') }}", "UEVILEVIL|Td")]
    public void Trust_follows_the_text(string source, string expected)
    {
        using JsonDocument document = JsonDocument.Parse("""{"u": "EVIL", "o": {"key": 1}}""");
        MapValue variables = (MapValue)TemplateJson.FromJson(document.RootElement);
        IReadOnlyList<PromptSegment> segments = ChatTemplate.Parse(source).Render(variables, TimeProvider.System);
        string actual = string.Join('|', segments.Select(segment => (segment.IsTrusted ? "T" : "U") + segment.Text.Replace('|', '~')));
        Assert.Equal(expected, actual);
    }
}
