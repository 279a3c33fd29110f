using Spectre.Console;

namespace Cocoon.Host.Commands;

/// <summary>Where commands draw: colours and the terminal's width for people, plain wide lines when the output goes elsewhere.</summary>
internal static class Screen
{
    private const int PlainWidth = 240;

    /// <summary>A console over <paramref name="output"/>; plain unless it is a terminal.</summary>
    public static IAnsiConsole Of(TextWriter output)
    {
        bool plain = output != Console.Out || Console.IsOutputRedirected;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (plain)
            console.Profile.Width = PlainWidth;
        return console;
    }
}
