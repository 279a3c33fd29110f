using System.CommandLine;
using System.Net;
using System.Text.Json;
using Cocoon.Host.Configuration;
using Cocoon.Inference.Embedded;
using Spectre.Console;
using EngineOptions = Cocoon.Inference.Serving.EngineOptions;
using TextRow = Spectre.Console.Markup;

namespace Cocoon.Host.Commands.Engine;

/// <summary><c>cocoon engine</c>: the embedded engine by itself.</summary>
internal static class EngineCommand
{
    private static readonly JsonSerializerOptions JsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static Command Create()
    {
        Command command = new("engine", "The embedded engine: look into a model file, serve it, measure it.");
        command.Subcommands.Add(Inspect());
        command.Subcommands.Add(Serve());
        command.Subcommands.Add(MeasurePerplexity());
        return command;
    }

    private static Command Inspect()
    {
        EngineArguments engine = new();
        Option<bool> json = new("--json") { Description = "One JSON object instead of a table." };
        Command command = new("inspect", "Show what a model file holds, whether it runs here, and what it would need.") { engine.File, json };
        engine.AddTo(command);
        command.SetAction(result =>
        {
            ModelReport report = ModelReport.Read(result.GetValue(engine.File)!.FullName, engine.Read(result));
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(report, JsonOptions));
            else
                Show(report);
            return report.Runs ? 0 : 1;
        });
        return command;
    }

    private static Command Serve()
    {
        EngineArguments engine = new();
        Option<string> host = new("--host") { Description = "Address to listen on.", DefaultValueFactory = _ => "127.0.0.1" };
        Option<int> port = new("--port") { Description = "Port to listen on; 0 for any free one.", DefaultValueFactory = _ => 8090 };
        Option<string?> name = new("--model-name") { Description = "Name that requests ask for; the file's own when absent." };
        Option<FileInfo?> template = new("--chat-template") { Description = "Chat template (Jinja) in place of the file's own." };
        Command command = new("serve", "Serve a model file over the OpenAI protocol.") { engine.File, host, port, name, template };
        engine.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            if (!IPAddress.TryParse(result.GetValue(host), out IPAddress? address))
                throw new ConfigurationException([$"--host is '{result.GetValue(host)}': it must be an IP address of this machine"]);
            string? source = result.GetValue(template) is { } given ? await File.ReadAllTextAsync(given.FullName, cancellationToken) : null;
            using EmbeddedEngine served = EmbeddedEngine.Open(result.GetValue(engine.File)!.FullName, engine.Read(result), result.GetValue(name), chatTemplate: source);
            await using EngineServer server = await EngineServer.StartAsync(served, new IPEndPoint(address, result.GetValue(port)), cancellationToken);
            Console.WriteLine($"{served.ModelName} at {server.Address}v1");
            await server.WaitAsync(cancellationToken);
            return 0;
        });
        return command;
    }

    private static Command MeasurePerplexity()
    {
        EngineArguments engine = new();
        Option<FileInfo> text = new("--text") { Description = "UTF-8 text to score.", Required = true };
        Option<bool> json = new("--json") { Description = "One JSON object instead of a line." };
        Command command = new("perplexity", "Measure how well a model expects a text; lower is better.") { engine.File, text, json };
        engine.AddTo(command);
        command.SetAction((result, cancellationToken) =>
        {
            EngineOptions options = engine.Read(result);
            bool isJson = result.GetValue(json);
            bool isQuiet = isJson || Console.IsErrorRedirected;
            Progress<(int Done, int Of)> progress = new(step => Console.Error.Write($"\r{step.Done}/{step.Of} windows"));
            PerplexityResult found = Perplexity.Measure(
                result.GetValue(engine.File)!.FullName, File.ReadAllText(result.GetValue(text)!.FullName), Math.Min(options.ContextTokens, 512), options, isQuiet ? null : progress, cancellationToken);
            Console.WriteLine(isJson
                ? JsonSerializer.Serialize(found, JsonOptions)
                : $"{(isQuiet ? "" : "\r")}perplexity {found.Value:F4} ± {found.StandardError:F4} over {found.Scored:N0} of {found.Tokens:N0} tokens");
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Show(ModelReport report)
    {
        Table table = Screen.Table("", "").HideHeaders();
        Row("model", $"{report.Name} ({report.Architecture})");
        Row("licence", report.License ?? "not stated");
        Row("parameters", $"{report.Parameters:N0}");
        Row("file", $"{report.FileBytes / 1e6:N1} MB: {string.Join(", ", report.BytesByType.OrderByDescending(entry => entry.Value).Select(entry => $"{entry.Key} {entry.Value / 1e6:N1} MB"))}");
        Row("tokenizer", report.Tokenizer is null ? "not readable" : $"{report.Tokenizer}, {report.VocabularySize:N0} tokens");
        Row("context", $"{report.ContextTokens:N0} tokens, {report.CacheBytesPerToken:N0} bytes of cache each");
        Row("chat", report.CanChat ? $"yes, tools: {report.Tools}" : "no template");
        Row("memory", $"{report.MemoryBytes / 1e6:N0} MB of {report.AvailableMemoryBytes / 1e6:N0} MB");
        if (report.DecodeTokensPerSecond is { } speed)
            Row("speed", $"about {speed:N0} tokens/s for one answer, from memory bandwidth");
        Row("runs here", report.Runs ? "yes" : "no: " + string.Join("; ", report.Problems));
        AnsiConsole.Write(table);

        void Row(string name, string value) => table.AddRow(new TextRow(name), new TextRow(Markup.Escape(value)));
    }
}
