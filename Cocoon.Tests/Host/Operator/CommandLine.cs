using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Cocoon.Host;
using Cocoon.Host.Commands;

namespace Cocoon.Tests.Host.Operator;

/// <summary>
/// The program's own command line in this process, which spares a start of the runtime per command. What a command writes is caught from its
/// own flow alone: other tests write at the same time.
/// </summary>
internal static class CommandLine
{
    private static readonly AsyncLocal<CommandOutput?> Caught = new();

    static CommandLine()
    {
        Console.SetOut(new Diverted(Console.Out, output => output.Standard));
        Console.SetError(new Diverted(Console.Error, output => output.Error));
    }

    public static async Task<CommandOutput> RunAsync(params string[] arguments)
    {
        CommandOutput output = new();
        Caught.Value = output;
        output.Code = await CommandRun.InvokeAsync(Program.CreateRoot().Parse(arguments), new InvocationConfiguration(), TestContext.Current.CancellationToken);
        return output;
    }

    private sealed class Diverted(TextWriter otherwise, Func<CommandOutput, StringBuilder> to) : TextWriter
    {
        public override Encoding Encoding => otherwise.Encoding;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(string? value)
        {
            if (Caught.Value is not { } output)
            {
                otherwise.Write(value);
                return;
            }

            lock (output)
                to(output).Append(value);
        }

        public override void WriteLine(string? value) => Write(value + "\n");

        public override void Flush() => otherwise.Flush();
    }
}

/// <summary>What a command answered.</summary>
internal sealed class CommandOutput
{
    public int Code { get; set; }

    public StringBuilder Standard { get; } = new();

    public StringBuilder Error { get; } = new();

    public string Text => Standard.ToString();

    /// <summary>The one JSON object that it printed.</summary>
    public JsonObject Json => Assert.IsType<JsonObject>(JsonNode.Parse(Text));

    public CommandOutput Succeeded()
    {
        Assert.True(Code == 0, $"exit code {Code}: {Text}{Error}");
        return this;
    }

    /// <summary>It ended with <paramref name="code"/> and said so on standard error.</summary>
    public void Refused(int code, string because)
    {
        Assert.Contains(because, Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(code, Code);
    }
}
