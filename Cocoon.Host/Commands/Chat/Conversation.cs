using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Cocoon.Client;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.Chat;

/// <summary>One conversation: what was said so far, what it cost, and the answer that is on its way.</summary>
internal sealed class Conversation(IChatSource source, string model, string? system, int? maxTokens, TextWriter output)
{
    private readonly JsonArray messages = [];
    private readonly Lock gate = new();
    private CancellationTokenSource? answering;
    private string model = model;
    private NanoTon cost = NanoTon.Zero;

    /// <summary>Whether answers are JSON objects.</summary>
    public bool PrintsJson { get; init; }

    /// <summary>Whether a person types: then there is a prompt.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Ctrl-C: cancels the answer that is on its way.</summary>
    public void Interrupt()
    {
        lock (gate)
        {
            if (answering is not null)
                answering.Cancel();
            else if (IsInteractive)
                output.Write("\n(Ctrl-D or /exit leaves)\n> ");
        }
    }

    /// <summary>Reads lines until the end. The exit code: 1 if the last question could not be answered.</summary>
    public async Task<int> RunAsync(TextReader input)
    {
        Begin();
        if (IsInteractive)
            await output.WriteLineAsync($"{model}, {source.Description}. /help says what else can be typed.");
        int code = 0;
        while (true)
        {
            if (IsInteractive)
                await output.WriteAsync("> ");
            string? line = await Task.Run(input.ReadLine);
            if (line is null or "/exit" or "/quit")
                break;
            if (line.StartsWith('/'))
                await ObeyAsync(line);
            else if (!string.IsNullOrWhiteSpace(line))
                code = await AnswerAsync(line) ? 0 : 1;
        }

        if (IsInteractive)
            await output.WriteLineAsync($"\nin all: {cost}");
        return code;
    }

    private void Begin()
    {
        messages.Clear();
        if (system is not null)
            messages.Add(new JsonObject { ["role"] = "system", ["content"] = system });
    }

    private async Task ObeyAsync(string line)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words[0])
        {
            case "/clear":
                Begin();
                await output.WriteLineAsync("(a new conversation)");
                break;
            case "/cost":
                await output.WriteLineAsync($"in all: {cost}");
                break;
            case "/model" when words.Length == 2:
                model = words[1];
                await output.WriteLineAsync($"({model} from now on)");
                break;
            case "/models" or "/model":
                await TellingAsync(async () => await output.WriteLineAsync(string.Join('\n', await source.GetModelsAsync(CancellationToken.None))));
                break;
            default:
                await output.WriteLineAsync("/models  lists models      /model NAME  changes to one\n/clear   forgets what was said      /cost  what it cost so far\n/exit    leaves (so does Ctrl-D); Ctrl-C cancels an answer");
                break;
        }
    }

    /// <summary>False when there was no answer, whole or cancelled.</summary>
    private async Task<bool> AnswerAsync(string text)
    {
        messages.Add(new JsonObject { ["role"] = "user", ["content"] = text });
        JsonObject request = new() { ["model"] = model, ["messages"] = messages.DeepClone(), ["stream"] = true };
        if (maxTokens is not null)
            request["max_tokens"] = maxTokens;
        using CancellationTokenSource cancel = new();
        lock (gate)
            answering = cancel;
        StringBuilder answer = new();
        ChatBill? bill = null;
        bool cancelled = false;
        long start = Stopwatch.GetTimestamp();
        bool told = await TellingAsync(async () =>
        {
            try
            {
                await foreach ((string piece, ChatBill? settled) in source.AskAsync(request, cancel.Token))
                {
                    answer.Append(piece);
                    bill = settled ?? bill;
                    if (!PrintsJson)
                        await WriteAsync(piece);
                }
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                cancelled = true;
            }
        });
        lock (gate)
            answering = null;
        Remember(answer.ToString(), told);
        if (told)
            await CloseAsync(text, answer.ToString(), bill, cancelled, Stopwatch.GetElapsedTime(start));
        return told;
    }

    /// <summary>A question that nobody answered is taken back: it would be asked again with the next one.</summary>
    private void Remember(string answer, bool told)
    {
        if (told && answer.Length > 0)
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = answer });
        else
            messages.RemoveAt(messages.Count - 1);
    }

    private async Task CloseAsync(string text, string answer, ChatBill? bill, bool cancelled, TimeSpan took)
    {
        cost += bill?.Cost ?? NanoTon.Zero;
        if (PrintsJson)
        {
            await output.WriteLineAsync(new JsonObject
            {
                ["question"] = text,
                ["answer"] = answer,
                ["cancelled"] = cancelled,
                ["job"] = bill?.Job,
                ["worker"] = bill?.Worker,
                ["costNanoTon"] = bill?.Cost.Value,
                ["receipt"] = bill?.Receipt,
            }.ToJsonString());
            return;
        }

        string seconds = took.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        await output.WriteLineAsync(cancelled
            ? "\n(cancelled; what had come is paid)"
            : $"\n({bill?.PromptTokens} + {bill?.AnswerTokens} tokens, {bill?.Cost}, {seconds} s, worker {Short(bill?.Worker)})");
    }

    private static async Task<bool> TellingAsync(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception failure) when (failure is JobException or IOException)
        {
            await Console.Error.WriteLineAsync($"{failure.Message}");
            return false;
        }
    }

    private async Task WriteAsync(string piece)
    {
        await output.WriteAsync(piece);
        await output.FlushAsync();
    }

    private static string Short(string? worker) => worker is { Length: > 8 } ? worker[..8] : worker ?? "";
}
