namespace Cocoon.Inference.Templates;

/// <summary>A part of a rendered prompt.</summary>
/// <param name="Text">The text, never empty.</param>
/// <param name="IsTrusted">True for what the template wrote; false for what came from the request, which can form no special token.</param>
internal readonly record struct PromptSegment(string Text, bool IsTrusted);

/// <summary>
/// A model's chat template: the subset of Jinja 3 that real templates use, with the environment that the transformers library
/// gives them (<c>trim_blocks</c>, <c>lstrip_blocks</c>, loop controls, its <c>tojson</c>, <c>raise_exception</c>, <c>strftime_now</c>).
/// What is outside the subset is an error with its place, never ignored. Immutable and safe to share between threads.
/// </summary>
internal sealed class ChatTemplate
{
    private readonly IReadOnlyList<Statement> statements;

    private ChatTemplate(IReadOnlyList<Statement> statements) => this.statements = statements;

    /// <summary>Reads a template. Throws <see cref="TemplateException"/> when it is not well formed or outside the subset.</summary>
    public static ChatTemplate Parse(string source) => new(TemplateParser.Parse(source));

    /// <summary>Renders the template. Throws <see cref="TemplateException"/> on errors, on bounds, and when the template refuses.</summary>
    /// <param name="variables">What the template sees: <c>messages</c>, <c>tools</c>, <c>add_generation_prompt</c> and so on.</param>
    /// <param name="clock">For <c>strftime_now</c>.</param>
    /// <param name="cancellationToken">Stops a long rendering.</param>
    public IReadOnlyList<PromptSegment> Render(MapValue variables, TimeProvider clock, CancellationToken cancellationToken = default)
    {
        TemplateText text = TemplateRenderer.Render(statements, variables, new RenderContext(clock, cancellationToken));
        return [.. text.Segments().Select(segment => new PromptSegment(text.Text.Substring(segment.Start, segment.Length), segment.Trusted))];
    }
}
