using System.CommandLine;
using System.CommandLine.Invocation;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ports;
using Cocoon.Client;
using Cocoon.Host.Configuration;
using Cocoon.Host.Configuration.Hocon;
using Cocoon.Host.Keys;
using Cocoon.Host.Storage;
using Cocoon.Host.Treasury;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Model;
using Cocoon.Inference.Templates;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Host.Commands;

/// <summary>
/// Runs what was typed, and keeps every command's promises: a failure is a line on standard error that says what to do, never a stack trace;
/// exit code 1 is a failure, 2 a wrong command line or configuration.
/// </summary>
internal static class CommandRun
{
    /// <summary>Exit code of a command line or configuration that cannot be meant.</summary>
    public const int Misused = 2;

    /// <summary>Exit code after Ctrl-C, as shells have it.</summary>
    public const int Interrupted = 130;

    public static async Task<int> InvokeAsync(ParseResult parsed, InvocationConfiguration invocation, CancellationToken cancellation = default)
    {
        string name = NameOf(parsed);
        if (parsed.Action is ParseErrorAction && !IsGroupAlone(parsed))
        {
            foreach (string problem in ProblemsOf(parsed))
                await Console.Error.WriteLineAsync($"{name}: {problem}{Suggestion(parsed)}");
            await Console.Error.WriteLineAsync($"'{name} --help' shows what it takes");
            return Misused;
        }

        invocation.EnableDefaultExceptionHandler = false;
        try
        {
            int code = await parsed.InvokeAsync(invocation, cancellation);
            return parsed.Action is ParseErrorAction ? Misused : code;
        }
        catch (OperationCanceledException stopped) when (stopped.InnerException is not TimeoutException)
        {
            return Interrupted;
        }
        catch (Exception fault) when (IsExpected(fault))
        {
            await Console.Error.WriteLineAsync($"{name}: {fault.Message}");
            return fault is ConfigurationException or HoconException ? Misused : 1;
        }
        catch (Exception fault)
        {
            string place = new StackTrace(fault).GetFrame(0)?.GetMethod() is { } method ? $" in {method.DeclaringType}.{method.Name}" : "";
            await Console.Error.WriteLineAsync($"{name}: a fault of cocoon itself, {fault.GetType().Name}{place}: {fault.Message}");
            return 1;
        }
    }

    /// <summary>
    /// What a program that asked for JSON reads when a command failed without an answer: <c>{"error": "..."}</c>. Notes that came before the
    /// failure are left out.
    /// </summary>
    public static JsonObject ErrorObject(string standardError)
    {
        string text = standardError.ReplaceLineEndings("\n").Trim();
        int last = text.LastIndexOf("\ncocoon ", StringComparison.Ordinal);
        return new JsonObject { ["error"] = text[(last + 1)..] };
    }

    private static bool IsExpected(Exception fault) => fault is IOException or UnauthorizedAccessException or OperationCanceledException or TimeoutException
        or TransportException or KeyFileException or StorageException or ConfigurationException or HoconException or JobException or WithdrawalException
        or SandboxException or GgufException or ModelException or TokenizerException or TemplateException;

    /// <summary>A command that only groups others, typed alone: its help is the answer.</summary>
    private static bool IsGroupAlone(ParseResult parsed) =>
        parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0 && parsed.CommandResult.Children.All(child => child is not System.CommandLine.Parsing.OptionResult { Implicit: false });

    /// <summary>Each problem in a line. A word that nothing is called is the reason for what else is missing.</summary>
    private static string[] ProblemsOf(ParseResult parsed)
    {
        string[] all = [.. parsed.Errors.Select(error => string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).Distinct(StringComparer.Ordinal)];
        string[] unknown = [.. all.Where(problem => parsed.UnmatchedTokens.Any(token => problem.Contains(token, StringComparison.Ordinal)))];
        return unknown.Length > 0 ? unknown : all;
    }

    private static string Suggestion(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        IEnumerable<string> known = command.Subcommands.Where(one => !one.Hidden).Select(one => one.Name).Concat(command.Options.Select(one => one.Name));
        return parsed.UnmatchedTokens.Select(token => NearestName.Find(token, known)).FirstOrDefault(near => near is not null) is { } near
            ? $" Did you mean '{near}'?"
            : "";
    }

    /// <summary>The command with the groups that it stands in: <c>cocoon worker join</c>.</summary>
    public static string NameOf(ParseResult parsed)
    {
        List<string> words = [];
        for (System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult; at is System.CommandLine.Parsing.CommandResult command; at = at.Parent)
            words.Insert(0, command.Command is RootCommand ? "cocoon" : command.Command.Name);
        return string.Join(' ', words);
    }
}
