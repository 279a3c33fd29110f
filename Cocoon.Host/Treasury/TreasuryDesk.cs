using System.Text.Json.Nodes;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Persistence;
using Cocoon.Client.Keys;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;

namespace Cocoon.Host.Treasury;

/// <summary>Where an operator's decision goes: to the running proxy, or, when none runs, straight into its ledger.</summary>
internal static class TreasuryDesk
{
    /// <summary>
    /// Does it. On the ledger of a stopped proxy wallets are read, but nothing is sent: what was decided is paid when the proxy runs again.
    /// Throws <see cref="StorageException"/>, <see cref="KeyFileException"/> or <see cref="IOException"/>.
    /// </summary>
    public static async Task<JsonObject> DoAsync(ProxyOptions options, JsonObject request, CancellationToken cancellation)
    {
        if (await ControlSocket.AskAsync(ControlSocket.PathOf(options.StorageFile), request, cancellation) is { } answer)
            return answer;
        if ((string?)request["do"] == "retry")
            return TreasuryOperations.Failed("the proxy does not run; it tries at its start, and after batches that failed when you run this beside it");
        using TreasuryRuntime runtime = Open(options);
        LedgerKey key = LedgerKeyFile.Read(options.LedgerKeyFile);
        SqliteOptions file = new(options.StorageFile, options.Node.NetworkId, options.Shards);
        LedgerOptions ledger = runtime.Apply(new LedgerOptions(ScopeOf(options)));
        Ed25519Verifier verifier = new();
        await using LedgerProcess process = await LedgerProcess.OpenAsync(
            file, key, ledger,
            createTreasury: (persistence, routes) => new PayoutActor(persistence, ledger, runtime.Payouts, routes, verifier, runtime.Chain));
        return await new TreasuryOperations(new LedgerTreasury(process.Ledger[StreamId.Treasury])).RunAsync(request, cancellation);
    }

    /// <summary>The configured treasury, to look at. Throws <see cref="IOException"/> when it is off.</summary>
    public static TreasuryRuntime Open(ProxyOptions options) => TreasuryRuntime.Open(options.Treasury, options.Shards, watchOnly: true)
        ?? throw new IOException("treasury.enabled is false in this configuration: name the proxy's own with --config");

    /// <summary>Network and operator, by the operator's public key.</summary>
    public static Scope ScopeOf(ProxyOptions options) =>
        new(NetworkId.Of(options.Node.NetworkId), KeyFile.Load(options.OperatorKeyFile).PublicKey);
}
