namespace Cocoon.Host.Commands;

/// <summary>
/// A sign of life on a terminal while a command has nothing to say yet: after two seconds a line, a dot for each further second. It ends before
/// the command's own first output.
/// </summary>
internal sealed class WaitingLine : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly string text;
    private readonly TextWriter terminal;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private bool isShown;
    private bool isOver;

    public WaitingLine(string text, TextWriter terminal, TimeProvider time)
    {
        this.text = text;
        this.terminal = terminal;
        timer = time.CreateTimer(_ => Tick(), null, Patience, Period);
    }

    /// <summary>Ends the line. May be called again.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (isOver)
                return;
            isOver = true;
            if (isShown)
                terminal.WriteLine();
        }

        timer.Dispose();
    }

    private void Tick()
    {
        lock (gate)
        {
            if (isOver)
                return;
            terminal.Write(isShown ? "." : text);
            terminal.Flush();
            isShown = true;
        }
    }
}
