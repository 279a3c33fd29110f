using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.Chat;

/// <summary><c>cocoon translate</c>: texts in, translations out, line by line.</summary>
internal static class TranslateCommand
{
    public static Command Create()
    {
        Argument<string[]> text = new("text") { Description = "What to translate; none: standard input, a line at a time.", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> instructions = new("--instructions")
        {
            Description = "What to tell a general model, such as 'Translate to German.'; the demo's model needs none: it knows nothing but English to French.",
        };
        Option<bool> json = new("--json") { Description = "Print one JSON object a text, with cost and receipt." };
        Command command = new("translate", "Translate texts, and say on standard error what it cost.") { text, instructions, json };
        ChatArguments.AddTo(command);
        command.SetAction((parsed, cancelled) => ChatArguments.RunAsync(
            parsed,
            async (source, model) =>
            {
                string[] given = parsed.GetValue(text) ?? [];
                // Whoever types is not kept waiting by the program.
                if (given.Length == 0 && !Console.IsInputRedirected)
                    await Console.Error.WriteLineAsync($"{model}, {source.Description}. A text a line; Ctrl-D ends.");
                IEnumerable<string> texts = given.Length > 0 ? [string.Join(' ', given)] : ReadLines(Console.In);
                return await RunAsync(source, model, texts, parsed.GetValue(instructions), parsed.GetValue(ChatArguments.MaxTokens), parsed.GetValue(json), Console.Out, cancelled);
            },
            cancelled));
        return command;
    }

    internal static async Task<int> RunAsync(
        IChatSource source, string model, IEnumerable<string> texts, string? instructions, int? maxTokens, bool json, TextWriter output, CancellationToken cancelled)
    {
        NanoTon cost = NanoTon.Zero;
        int count = 0;
        foreach (string text in texts)
        {
            (string translation, ChatBill? bill) = await TranslateAsync(source, model, text, instructions, maxTokens, json ? null : output, cancelled);
            cost += bill?.Cost ?? NanoTon.Zero;
            count++;
            if (json)
            {
                await output.WriteLineAsync(new JsonObject
                {
                    ["text"] = text,
                    ["translation"] = translation,
                    ["job"] = bill?.Job,
                    ["worker"] = bill?.Worker,
                    ["costNanoTon"] = bill?.Cost.Value,
                    ["receipt"] = bill?.Receipt,
                }.ToJsonString());
            }
            else
            {
                await output.WriteLineAsync();
            }
        }

        if (!json && count > 0)
            await Console.Error.WriteLineAsync($"{count} {(count == 1 ? "text" : "texts")}, {cost}, {model}");
        return 0;
    }

    private static async Task<(string Text, ChatBill? Bill)> TranslateAsync(
        IChatSource source, string model, string text, string? instructions, int? maxTokens, TextWriter? shown, CancellationToken cancelled)
    {
        JsonArray messages = [];
        if (instructions is not null)
            messages.Add(new JsonObject { ["role"] = "system", ["content"] = instructions });
        messages.Add(new JsonObject { ["role"] = "user", ["content"] = text });
        JsonObject request = new() { ["model"] = model, ["messages"] = messages, ["stream"] = true, ["temperature"] = 0 };
        if (maxTokens is not null)
            request["max_tokens"] = maxTokens;
        StringBuilder whole = new();
        ChatBill? bill = null;
        await foreach ((string piece, ChatBill? settled) in source.AskAsync(request, cancelled))
        {
            whole.Append(piece);
            bill = settled ?? bill;
            if (shown is null)
                continue;
            await shown.WriteAsync(piece);
            await shown.FlushAsync(cancelled);
        }

        return (whole.ToString(), bill);
    }

    private static IEnumerable<string> ReadLines(TextReader input)
    {
        while (input.ReadLine() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
                yield return line;
        }
    }
}
