using System.CommandLine;
using Cocoon.Host.Configuration;
using Cocoon.Inference.Model;
using EngineOptions = Cocoon.Inference.Serving.EngineOptions;

namespace Cocoon.Host.Commands.Engine;

/// <summary>The arguments that all commands of the engine share.</summary>
internal sealed class EngineArguments
{
    private static readonly EngineOptions Defaults = new();

    private readonly Option<int> threads = new("--threads") { Description = "Threads that compute.", DefaultValueFactory = _ => Defaults.Threads };
    private readonly Option<int> concurrent = new("--max-concurrent") { Description = "Answers computed at once.", DefaultValueFactory = _ => Defaults.MaxConcurrent };
    private readonly Option<int> context = new("--context") { Description = "Longest prompt plus answer, in tokens.", DefaultValueFactory = _ => Defaults.ContextTokens };
    private readonly Option<int> cache = new("--cache-tokens") { Description = "Tokens in the key-value cache; 0 for what the other options need.", DefaultValueFactory = _ => Defaults.CacheTokens };
    private readonly Option<KeyValueFormat> format = new("--cache-format") { Description = "How keys and values are kept.", DefaultValueFactory = _ => Defaults.CacheFormat };
    private readonly Option<string?> kernels = new("--kernels") { Description = "Kernels by name; the fastest when absent." };

    public Argument<FileInfo> File { get; } = new("file") { Description = "The model, a GGUF file." };

    public void AddTo(Command command)
    {
        foreach (Option option in (ReadOnlySpan<Option>)[threads, concurrent, context, cache, format, kernels])
            command.Options.Add(option);
    }

    public EngineOptions Read(ParseResult result)
    {
        EngineOptions options = new()
        {
            Threads = result.GetValue(threads),
            MaxConcurrent = result.GetValue(concurrent),
            ContextTokens = result.GetValue(context),
            CacheTokens = result.GetValue(cache),
            CacheFormat = result.GetValue(format),
            Kernels = result.GetValue(kernels),
        };
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException wrong)
        {
            throw new ConfigurationException([wrong.Message.Split(" (Parameter", 2)[0]]);
        }
    }
}
