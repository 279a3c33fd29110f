namespace Cocoon.Inference.OpenAi;

/// <summary>Something that a parser found in an answer.</summary>
/// <param name="Content">Text for the reader; empty when this is about a call.</param>
/// <param name="Call">Number of the call, from 0; -1 for content.</param>
/// <param name="Name">The call's name, in its first event only.</param>
/// <param name="Arguments">A piece of its arguments' JSON.</param>
internal readonly record struct AnswerEvent(string Content, int Call = -1, string? Name = null, string Arguments = "");

/// <summary>Separates calls of tools from an answer's text, as it comes.</summary>
internal sealed class ToolCallParser(ToolFormat format, IReadOnlySet<string> tools, bool startsInside)
{
    private const string Open = "<tool_call>";
    private const string Close = "</tool_call>";
    private const string PythonTag = "<|python_tag|>";

    private ToolCallText? call = startsInside || format == ToolFormat.Llama3 ? new ToolCallText() : null;
    private string held = string.Empty;
    private bool sawContent;

    /// <summary>Calls found so far.</summary>
    public int Calls { get; private set; }

    public IEnumerable<AnswerEvent> Add(string piece)
    {
        if (format == ToolFormat.None)
            return piece.Length == 0 ? [] : [new AnswerEvent(piece)];
        return format == ToolFormat.Hermes ? AddHermes(piece) : AddLlama(piece);
    }

    /// <summary>What is left at the end of the answer.</summary>
    public IEnumerable<AnswerEvent> Flush()
    {
        List<AnswerEvent> events = [];
        if (call is not null && format != ToolFormat.None)
        {
            string text = held;
            held = string.Empty;
            Feed(text, events);
            Finish(events, isClosed: false);
        }
        else if (held.Length > 0)
        {
            AddContent(held, events);
        }

        held = string.Empty;
        return events;
    }

    private List<AnswerEvent> AddHermes(string piece)
    {
        List<AnswerEvent> events = [];
        string text = held + piece;
        held = string.Empty;
        while (text.Length > 0)
        {
            string mark = call is null ? Open : Close;
            int at = text.IndexOf(mark, StringComparison.Ordinal);
            int end = at >= 0 ? at : text.Length - StopStrings.PartialEnd(text, mark);
            if (call is null)
                AddContent(text[..end], events);
            else
                Feed(text[..end], events);
            if (at < 0)
            {
                held = text[end..];
                break;
            }

            if (call is null)
                call = new ToolCallText();
            else
                Finish(events, isClosed: true);
            text = text[(at + mark.Length)..];
        }

        return events;
    }

    /// <summary>Text that is only space waits: before and between calls it is not for the reader.</summary>
    private void AddContent(string text, List<AnswerEvent> events)
    {
        if (!sawContent || Calls > 0)
            text = text.TrimStart();
        if (text.Length == 0)
            return;
        sawContent = true;
        events.Add(new AnswerEvent(text));
    }

    private List<AnswerEvent> AddLlama(string piece)
    {
        List<AnswerEvent> events = [];
        string text = held + piece;
        held = string.Empty;
        if (call is null)
        {
            if (text.Length > 0)
                events.Add(new AnswerEvent(text));
            return events;
        }

        if (call.Raw.Length == 0)
        {
            string trimmed = text.TrimStart();
            if (trimmed.Length == 0 || PythonTag.StartsWith(trimmed, StringComparison.Ordinal))
            {
                held = text;
                return events;
            }

            if (trimmed.StartsWith(PythonTag, StringComparison.Ordinal))
                trimmed = trimmed[PythonTag.Length..].TrimStart();
            if (trimmed.Length > 0 && trimmed[0] != '{')
            {
                call = null;
                events.Add(new AnswerEvent(text));
                return events;
            }

            text = trimmed;
        }

        FeedLlama(text, events);
        return events;
    }

    private void FeedLlama(string text, List<AnswerEvent> events)
    {
        foreach (char symbol in text)
        {
            if (symbol == ';' && call is { IsStarted: true, IsArgumentsDone: true })
            {
                Finish(events, isClosed: true);
                call = new ToolCallText();
                continue;
            }

            if (call!.Raw.Length > 0 || !char.IsWhiteSpace(symbol))
                Feed(symbol.ToString(), events);
        }
    }

    private void Feed(string text, List<AnswerEvent> events)
    {
        if (text.Length == 0 || call!.Add(text) is not { } piece)
            return;
        if (piece.Name is { } name)
            Calls++;
        if (piece.Name is not null || piece.Arguments.Length > 0)
            events.Add(new AnswerEvent(string.Empty, Calls - 1, piece.Name, piece.Arguments));
    }

    private void Finish(List<AnswerEvent> events, bool isClosed)
    {
        ToolCallText finished = call!;
        call = null;
        if (finished.IsStarted)
            return;
        if (finished.ParseWhole() is { Name: { } name } whole && (format == ToolFormat.Hermes || tools.Contains(name)))
        {
            events.Add(new AnswerEvent(string.Empty, Calls++, name, whole.Arguments));
            return;
        }

        string raw = finished.Raw;
        if (raw.Length > 0)
            events.Add(new AnswerEvent(format == ToolFormat.Hermes ? Open + raw + (isClosed ? Close : string.Empty) : raw));
    }
}
