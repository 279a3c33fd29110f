using System.CommandLine;
using Cocoon.Client.Network;
using Cocoon.Host.Configuration;
using Cocoon.Host.Gateway;
using Cocoon.Host.Keys;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Identity;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Commands.Nodes;

/// <summary><c>cocoon client</c>: the gateway, an OpenAI-compatible endpoint for one account.</summary>
internal static class ClientCommand
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    public static Command Create()
        => NodeRun.Command("client", "Run the gateway: the OpenAI protocol on HTTP, paid from one account.", ClientOptions.Read, options => options.Node, RunAsync);

    private static async Task RunAsync(ClientOptions options, ILoggerFactory loggers, CancellationToken stop)
    {
        if (options.Operators.Count != 1)
            throw new IOException($"client.operators names {options.Operators.Count} operators: this version uses exactly one");
        ClientOperatorOptions chosen = options.Operators[0];
        Ed25519Verifier verifier = new();
        using Ed25519Signer account = NodeKeys.OpenOrCreate(options.AccountKeyFile, KeyKind.Account, Console.Error);
        NetworkClientOptions network = new()
        {
            Scope = OperatorScope.Of(chosen.Operator, options.Node.NetworkId, "client"),
            Account = account,
            Verifier = verifier,
            Nodes = [.. chosen.Operator.Seeds.Select(seed => (seed.Host, seed.Port))],
            CeilingHeadroom = chosen.Ceiling,
            CeilingLifetime = chosen.CeilingLifetime,
        };
        await using NetworkJobClient client = NetworkJobClient.Connect(network);
        await using GatewayServer gateway = await GatewayServer.StartAsync(options.Gateway, client, TimeProvider.System, loggers, stop);
        Console.WriteLine($"gateway of account {client.Account} at {gateway.Url}v1");
        try
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
        finally
        {
            await gateway.StopAsync(StopPatience);
        }
    }
}
