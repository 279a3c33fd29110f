using Cocoon.Protocol.Money;
using Spectre.Console;

namespace Cocoon.Host.Commands;

/// <summary>Where commands draw: colours and the terminal's width for people, plain wide lines when the output goes elsewhere.</summary>
internal static class Screen
{
    private const int PlainWidth = 240;

    /// <summary>A terminal under this width gets fewer columns.</summary>
    public const int WideFrom = 120;

    /// <summary>A table that leaves as much of 80 columns to what it says as can be.</summary>
    public static Table Table(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns)
            table.AddColumn(new TableColumn(new Text(column)).PadLeft(0).PadRight(1));
        return table;
    }

    /// <summary>An amount for a column whose heading says TON.</summary>
    public static string Coins(NanoTon amount) => amount.ToString()[..^" TON".Length];

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
