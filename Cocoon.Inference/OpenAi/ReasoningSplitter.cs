namespace Cocoon.Inference.OpenAi;

/// <summary>
/// Tells a model's reasoning (<c>&lt;think&gt;...&lt;/think&gt;</c> at the start of its answer) from the answer, as text comes.
/// White space around the marks belongs to neither.
/// </summary>
internal sealed class ReasoningSplitter
{
    private const string Open = "<think>";
    private const string Close = "</think>";

    private Phase phase;
    private string held = string.Empty;
    private bool trimsStart = true;

    /// <param name="isPossible">False for models that do not reason: all text is answer.</param>
    /// <param name="startsInside">True when the prompt already ends inside reasoning.</param>
    public ReasoningSplitter(bool isPossible, bool startsInside) =>
        phase = startsInside ? Phase.Reasoning : isPossible ? Phase.Start : Phase.Answer;

    private enum Phase
    {
        Start,
        Reasoning,
        AfterReasoning,
        Answer,
    }

    /// <summary>True while text counts as reasoning.</summary>
    public bool IsReasoning => phase == Phase.Reasoning;

    public (string Reasoning, string Answer) Add(string piece)
    {
        string reasoning = string.Empty;
        string text = held + piece;
        held = string.Empty;
        if (phase == Phase.Start)
        {
            string trimmed = text.TrimStart();
            if (trimmed.StartsWith(Open, StringComparison.Ordinal))
            {
                phase = Phase.Reasoning;
                text = trimmed[Open.Length..];
            }
            else if (Open.StartsWith(trimmed, StringComparison.Ordinal))
            {
                held = text;
                return (string.Empty, string.Empty);
            }
            else
            {
                phase = Phase.Answer;
            }
        }

        if (phase == Phase.Reasoning)
        {
            (reasoning, text) = SplitReasoning(text);
            if (phase == Phase.Reasoning)
                return (reasoning, string.Empty);
        }

        if (phase == Phase.AfterReasoning)
        {
            text = text.TrimStart('\n', '\r', ' ');
            if (text.Length > 0)
                phase = Phase.Answer;
        }

        return (reasoning, text);
    }

    public (string Reasoning, string Answer) Flush()
    {
        string rest = held;
        held = string.Empty;
        return phase == Phase.Reasoning ? (rest.TrimEnd('\n'), string.Empty) : (string.Empty, rest);
    }

    private (string Reasoning, string After) SplitReasoning(string text)
    {
        if (trimsStart)
        {
            text = text.TrimStart('\n');
            trimsStart = text.Length == 0;
        }

        int end = text.IndexOf(Close, StringComparison.Ordinal);
        if (end >= 0)
        {
            phase = Phase.AfterReasoning;
            return (text[..end].TrimEnd('\n'), text[(end + Close.Length)..]);
        }

        int keep = StopStrings.PartialEnd(text, Close);
        int shown = text[..^keep].TrimEnd('\n').Length;
        held = text[shown..];
        return (text[..shown], string.Empty);
    }
}
