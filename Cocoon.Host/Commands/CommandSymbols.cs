using System.CommandLine;

namespace Cocoon.Host.Commands;

/// <summary>What commands have in common.</summary>
internal static class CommandSymbols
{
    /// <summary>Which of several configured operators to use.</summary>
    public static readonly Option<string?> OperatorName = new("--operator-name")
    {
        Description = "The operator, by its name in client.operators; needed where there are several (the gateway uses all).",
    };

    /// <summary>For exports, whose answer is many lines: says which option makes those lines JSON.</summary>
    public static readonly Option<bool> NoJson = new("--json") { Hidden = true };

    static CommandSymbols()
    {
        NoJson.Validators.Add(asked =>
        {
            if (!asked.Implicit)
                asked.AddError("An export is many lines, not the one object of --json: --format jsonl writes an object a line.");
        });
    }

    /// <summary>The command, with these arguments and options.</summary>
    public static Command With(this Command command, params IEnumerable<Symbol> symbols)
    {
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Argument argument)
                command.Arguments.Add(argument);
            else
                command.Options.Add((Option)symbol);
        }

        return command;
    }
}
