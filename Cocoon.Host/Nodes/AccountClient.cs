using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Client.Receipts;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;

namespace Cocoon.Host.Nodes;

/// <summary>An account's connection to one operator as the configuration describes it, with what must live as long.</summary>
internal sealed class AccountClient : IAsyncDisposable
{
    /// <summary>How long a person waits for a proxy that refuses connections. A gateway, which an app waits for, has the library's patience.</summary>
    private static readonly TimeSpan CommandPatience = TimeSpan.FromSeconds(2);

    private readonly Ed25519Signer account;
    private readonly ReceiptFolder? receipts;

    private AccountClient(string operatorName, NetworkJobClient client, Ed25519Signer account, ReceiptFolder? receipts)
    {
        OperatorName = operatorName;
        Client = client;
        this.account = account;
        this.receipts = receipts;
    }

    /// <summary>The operator's name in the configuration.</summary>
    public string OperatorName { get; }

    public NetworkJobClient Client { get; }

    /// <summary>Why receipts cannot be written; null when all is well.</summary>
    public string? ReceiptsProblem => receipts?.Problem;

    /// <summary>
    /// Connects to the operator called <paramref name="operatorName"/>, or to the only one. Throws <see cref="IOException"/> when the
    /// configuration names none or several, and <see cref="KeyFileException"/> for the account's key.
    /// </summary>
    public static Task<AccountClient> OpenAsync(ClientOptions options, string? operatorName, TextWriter notes, CancellationToken cancellationToken)
        => OpenAsync(options, operatorName, static network => network, notes, cancellationToken);

    /// <summary>The same for a command that ends with its answer: it does not wait for a proxy that is not there.</summary>
    public static Task<AccountClient> OpenOnceAsync(ClientOptions options, string? operatorName, TextWriter notes, CancellationToken cancellationToken)
        => OpenAsync(options, operatorName, static network => network with { RefusedTimeout = CommandPatience }, notes, cancellationToken);

    private static async Task<AccountClient> OpenAsync(
        ClientOptions options,
        string? operatorName,
        Func<NetworkClientOptions, NetworkClientOptions> patience,
        TextWriter notes,
        CancellationToken cancellationToken)
    {
        ClientOperatorOptions chosen = Choose(options, operatorName);
        Ed25519Verifier verifier = new();
        Directory.CreateDirectory(options.Node.DataFolder);
        Ed25519Signer account = NodeKeys.OpenOrCreate(chosen.AccountKeyFile, KeyKind.Account, notes);
        ReceiptFolder? receipts = null;
        try
        {
            Scope scope = await OperatorScope.OfAsync(chosen.Operator, options.Node, verifier, notes, cancellationToken);
            receipts = OpenReceipts(options);
            NetworkClientOptions network = new()
            {
                Scope = scope,
                Account = account,
                Verifier = verifier,
                Nodes = [.. chosen.Operator.Seeds.Select(seed => (seed.Host, seed.Port))],
                CeilingHeadroom = chosen.Ceiling,
                CeilingLifetime = chosen.CeilingLifetime,
                Receipts = receipts,
            };
            return new AccountClient(chosen.Operator.Name, NetworkJobClient.Connect(patience(network)), account, receipts);
        }
        catch
        {
            if (receipts is not null)
                await receipts.DisposeAsync();
            account.Dispose();
            throw;
        }
    }

    /// <summary>The folder of the account's receipts, or null where none are kept.</summary>
    public static ReceiptFolder? OpenReceipts(ClientOptions options) =>
        options.ReceiptsFolder is { } folder ? new ReceiptFolder(folder, options.ReceiptsWithBodies) : null;

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        if (receipts is not null)
            await receipts.DisposeAsync();
        account.Dispose();
    }

    private static ClientOperatorOptions Choose(ClientOptions options, string? name)
    {
        string known = string.Join(", ", options.Operators.Select(one => one.Operator.Name));
        if (name is not null)
        {
            return options.Operators.FirstOrDefault(one => one.Operator.Name == name)
                ?? throw new IOException($"client.operators has no '{name}'; there are: {(known.Length == 0 ? "none" : known)}");
        }

        return options.Operators.Count switch
        {
            0 => throw new IOException("client.operators names nobody to buy from: give --config FILE with an operator, or add one with its seeds"),
            1 => options.Operators[0],
            _ => throw new IOException($"client.operators names {known}: say which with --operator-name"),
        };
    }
}
