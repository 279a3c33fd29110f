namespace Cocoon.Inference.OpenAi;

/// <summary>Watches a stream of text for texts that end it. What could still become one is held back.</summary>
internal sealed class StopStrings(IReadOnlyList<string> stops)
{
    private string held = string.Empty;

    /// <summary>True once a stop text was met; nothing comes after it.</summary>
    public bool IsMet { get; private set; }

    /// <summary>Takes a piece and gives what can be shown.</summary>
    public string Add(string piece)
    {
        if (IsMet || piece.Length == 0 || stops.Count == 0)
            return IsMet ? string.Empty : piece;
        string text = held + piece;
        int first = -1;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (first < 0 || at < first))
                first = at;
        }

        if (first >= 0)
        {
            IsMet = true;
            held = string.Empty;
            return text[..first];
        }

        int keep = stops.Max(stop => PartialEnd(text, stop));
        held = text[^keep..];
        return text[..^keep];
    }

    /// <summary>What was held back, when the stream ends without a stop text.</summary>
    public string Flush()
    {
        string rest = held;
        held = string.Empty;
        return rest;
    }

    /// <summary>Chars at the end of a text that are a proper beginning of another.</summary>
    public static int PartialEnd(string text, string whole)
    {
        for (int length = Math.Min(text.Length, whole.Length - 1); length > 0; length--)
        {
            if (text.AsSpan().EndsWith(whole.AsSpan(0, length), StringComparison.Ordinal))
                return length;
        }

        return 0;
    }
}
