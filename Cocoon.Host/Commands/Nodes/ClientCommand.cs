using System.CommandLine;
using Cocoon.Client;
using Cocoon.Host.Configuration;
using Cocoon.Host.Gateway;
using Cocoon.Host.Nodes;
using Cocoon.Host.Status;
using Cocoon.Protocol.Money;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Commands.Nodes;

/// <summary><c>cocoon client</c>: the gateway, an OpenAI-compatible endpoint for one account.</summary>
internal static class ClientCommand
{
    private static readonly TimeSpan FirstConnectionPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    public const string Name = "client";

    public static Command Create()
        => NodeRun.Command(Name, "Run the gateway: the OpenAI protocol on HTTP, paid from one account.", ClientOptions.Read, options => options.Node, RunAsync)
            .With(CommandSymbols.OperatorName);

    private static async Task RunAsync(ClientOptions options, ParseResult parsed, ILoggerFactory loggers, CancellationToken stop)
    {
        string? name = parsed.GetValue(CommandSymbols.OperatorName);
        if (options.Operators.Count > 1 && name is null)
        {
            await RunWithSeveralAsync(options, loggers, stop);
            return;
        }

        await using AccountClient account = await AccountClient.OpenAsync(options, name, Console.Error, stop);
        await ServeAsync(options, account.Client, [account], account.Client.Operator.ToString(), loggers, stop);
    }

    private static async Task RunWithSeveralAsync(ClientOptions options, ILoggerFactory loggers, CancellationToken stop)
    {
        List<AccountClient> accounts = [];
        try
        {
            foreach (ClientOperatorOptions one in options.Operators)
                accounts.Add(await AccountClient.OpenAsync(options, one.Operator.Name, Console.Error, stop));
            OperatorsJobClient client = new([.. accounts.Select(one => (one.OperatorName, (IJobClient)one.Client))], TimeProvider.System);
            await ServeAsync(options, client, accounts, string.Join(", ", accounts.Select(one => one.OperatorName)), loggers, stop);
        }
        finally
        {
            foreach (AccountClient account in accounts)
                await account.DisposeAsync();
        }
    }

    private static async Task ServeAsync(
        ClientOptions options, IJobClient client, IReadOnlyList<AccountClient> accounts, string operators, ILoggerFactory loggers, CancellationToken stop)
    {
        using TokenizerFiles tokenizers = TokenizerFiles.Open(options.Tokenizers);
        client = tokenizers.Recounting(client);
        await using GatewayServer gateway = await GatewayServer.StartAsync(options.Gateway, options.Node.NetworkId, client, TimeProvider.System, loggers, stop);
        string owners = string.Join(", ", accounts.Select(one => one.Client.Account.ToString()).Distinct(StringComparer.Ordinal));
        Console.WriteLine($"gateway of account {owners} at {gateway.Url}v1");
        await using StatusServer? status = StatusServer.TryStart(
            options.Node.DataFolder,
            "client",
            () => NodeStatus.OfClientAsync(
                options.Node.Name, options.Node.NetworkId, owners, operators, client, gateway,
                accounts.Select(one => one.ReceiptsProblem).FirstOrDefault(problem => problem is not null)),
            loggers.CreateLogger("Cocoon.Status"));
        try
        {
            await TellFirstConnectionAsync(client, loggers.CreateLogger("Cocoon.Gateway"), stop);
            await Task.Delay(Timeout.Infinite, stop);
        }
        finally
        {
            await gateway.StopAsync(StopPatience);
        }
    }

    /// <summary>Says once that the account is reached, and whether it can pay; until then, why not.</summary>
    private static async Task TellFirstConnectionAsync(IJobClient client, ILogger logger, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                NanoTon free = (await client.GetBalanceAsync(stop)).Available;
                if (free > NanoTon.Zero)
                    GatewayLog.Connected(logger, free);
                else
                    GatewayLog.Penniless(logger);
                return;
            }
            catch (JobException trouble)
            {
                GatewayLog.Unconnected(logger, trouble.Message);
                await Task.Delay(FirstConnectionPause, stop);
            }
        }
    }
}
