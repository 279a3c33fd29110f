using System.CommandLine;
using Cocoon.Client.Network;
using Cocoon.Host.Configuration;
using Cocoon.Host.Gateway;
using Cocoon.Host.Nodes;
using Cocoon.Host.Status;
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
        await using AccountClient account = await AccountClient.OpenAsync(options, operatorName: null, Console.Error, stop);
        NetworkJobClient client = account.Client;
        await using GatewayServer gateway = await GatewayServer.StartAsync(options.Gateway, client, TimeProvider.System, loggers, stop);
        Console.WriteLine($"gateway of account {client.Account} at {gateway.Url}v1");
        await using StatusServer? status = StatusServer.TryStart(
            options.Node.DataFolder,
            "client",
            () => NodeStatus.OfClientAsync(options.Node.Name, options.Node.NetworkId, client, gateway),
            loggers.CreateLogger("Cocoon.Status"));
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
