using System.Text;

namespace Cocoon.Host.Commands;

/// <summary>Passes on what is written, and remembers its first part, by which a program can be told why a command failed.</summary>
internal sealed class RememberingWriter(TextWriter inner) : TextWriter
{
    private const int CharactersMax = 64 * 1024;
    private readonly StringBuilder seen = new();

    /// <summary>Called before the first character.</summary>
    public Action? BeforeFirst { get; set; }

    public string Text
    {
        get
        {
            lock (seen)
                return seen.ToString();
        }
    }

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (buffer.IsEmpty)
            return;
        bool isFirst;
        lock (seen)
        {
            isFirst = seen.Length == 0;
            seen.Append(buffer[..Math.Min(buffer.Length, CharactersMax - seen.Length)]);
        }

        if (isFirst)
            BeforeFirst?.Invoke();
        inner.Write(buffer);
    }

    public override void Flush() => inner.Flush();
}
