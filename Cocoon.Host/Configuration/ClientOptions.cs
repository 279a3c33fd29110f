using Cocoon.Host.Configuration.Hocon;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Configuration;

/// <summary>An operator that an account buys from.</summary>
/// <param name="Operator">Who and where.</param>
/// <param name="Ceiling">The most it can charge in total without a new signature.</param>
/// <param name="CeilingLifetime">How long one signature is good.</param>
/// <param name="AccountKeyFile">The seed of the account that buys here.</param>
internal sealed record ClientOperatorOptions(OperatorOptions Operator, NanoTon Ceiling, TimeSpan CeilingLifetime, string AccountKeyFile);

/// <summary>A client node: sections <c>client</c> and <c>gateway</c> beside the node's own.</summary>
/// <param name="Node">What every role needs.</param>
/// <param name="Operators">Whom to buy from.</param>
/// <param name="Explorer">Where people look at a transaction: a format with <c>{0}</c> for its hash.</param>
/// <param name="ReceiptsFolder">Where receipts are kept, or null.</param>
/// <param name="ReceiptsWithBodies">Whether requests and answers are kept beside them.</param>
/// <param name="Tokenizers">Files with the tokenizers of models, by model, to recount usage with.</param>
/// <param name="Gateway">The HTTP interface.</param>
internal sealed record ClientOptions(
    NodeOptions Node,
    IReadOnlyList<ClientOperatorOptions> Operators,
    string Explorer,
    string? ReceiptsFolder,
    bool ReceiptsWithBodies,
    IReadOnlyDictionary<string, string> Tokenizers,
    GatewayOptions Gateway)
{
    /// <summary>Reads and checks the sections. Throws <see cref="ConfigurationException"/> with everything wrong.</summary>
    public static ClientOptions Read(HoconObject tree)
    {
        SettingsReader root = new(tree);
        SettingsReader client = root.Section("client");
        string account = SettingsFiles.Path(client, "account-key-file");
        ClientOptions options = new(
            NodeOptions.Read(root),
            [.. client.Entries("operators").Select(entry => new ClientOperatorOptions(
                OperatorOptions.Read(entry.Name, entry.Settings),
                entry.Settings.Ton("ceiling"),
                entry.Settings.Duration("ceiling-lifetime", TimeSpan.FromMinutes(1), TimeSpan.FromDays(3660)),
                SettingsFiles.OptionalPath(entry.Settings, "account-key-file") ?? account))],
            client.Text("explorer"),
            SettingsFiles.OptionalPath(client, "receipts-folder"),
            client.Flag("receipts-with-bodies"),
            client.Entries("models")
                .Select(entry => (entry.Name, File: SettingsFiles.OptionalPath(entry.Settings, "tokenizer-file")))
                .Where(entry => entry.File is not null)
                .ToDictionary(entry => entry.Name, entry => entry.File!, StringComparer.Ordinal),
            GatewayOptions.Read(root.Section("gateway")));
        root.ThrowIfWrong();
        return options;
    }
}
