using System.CommandLine;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;

namespace Cocoon.Host.Commands.Chat;

/// <summary>What <c>cocoon chat</c> and <c>cocoon translate</c> have in common: where answers come from, and the model.</summary>
internal static class ChatArguments
{
    public static readonly Option<string?> Model = new("--model") { Description = "The model; by default the only one, or the first." };
    public static readonly Option<int?> MaxTokens = new("--max-tokens") { Description = "Longest answer in tokens; by default the model's own bound." };
    private static readonly Option<string?> Gateway = new("--gateway") { Description = "Ask this gateway (http://127.0.0.1:8080) instead of buying with the configured account." };
    private static readonly Option<string?> Key = new("--key") { Description = "The API key for the gateway; by default the environment's COCOON_API_KEY." };

    public static void AddTo(Command command)
    {
        command.With(Model, MaxTokens, Gateway, Key, CommandSymbols.OperatorName);
        ConfigurationArguments.AddTo(command);
    }

    /// <summary>Opens the source and runs <paramref name="work"/>.</summary>
    public static async Task<int> RunAsync(ParseResult parsed, Func<IChatSource, string, Task<int>> work, CancellationToken cancelled)
    {
        IChatSource? source = await OpenAsync(parsed, cancelled);
        if (source is null)
            return 2;
        await using (source)
            return await work(source, await ModelAsync(source, parsed.GetValue(Model), cancelled));
    }

    private static async Task<IChatSource?> OpenAsync(ParseResult parsed, CancellationToken cancelled)
    {
        if (parsed.GetValue(Gateway) is { } text)
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? gateway) || gateway.Scheme is not ("http" or "https"))
                throw new IOException($"--gateway is '{text}': it must be an address such as http://127.0.0.1:8080");
            return new GatewayChat(gateway, parsed.GetValue(Key) ?? Environment.GetEnvironmentVariable("COCOON_API_KEY"));
        }

        ClientOptions? options = ConfigurationArguments.Load(parsed, ClientOptions.Read, Console.Error, "hocon/client.conf");
        return options is null ? null : new AccountChat(await AccountClient.OpenOnceAsync(options, parsed.GetValue(CommandSymbols.OperatorName), Console.Error, cancelled));
    }

    private static async Task<string> ModelAsync(IChatSource source, string? asked, CancellationToken cancelled)
    {
        if (asked is not null)
            return asked;
        IReadOnlyList<string> models = await source.GetModelsAsync(cancelled);
        return models.Count > 0 ? models[0] : throw new IOException("nobody serves any model there now: try again when a worker is connected");
    }
}
