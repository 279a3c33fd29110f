using System.Text.Json.Nodes;
using Cocoon.Host.Treasury;
using Cocoon.Protocol.Money;
using Spectre.Console;

namespace Cocoon.Host.Commands.Demo;

/// <summary>A deposit that arrived.</summary>
/// <param name="Amount">How much.</param>
/// <param name="Transaction">In which transaction.</param>
/// <param name="Seconds">How long until the account had it.</param>
internal sealed record DemoDeposit(NanoTon Amount, string Transaction, decimal Seconds);

/// <summary>The chain's part of the demo: a deposit before the jobs, the workers' pay after them. Without Node it is left out, and says so.</summary>
internal static class DemoChain
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Starts the chain, or says why not.</summary>
    public static async Task<(DemoTreasury? Treasury, string Problem)> StartAsync(CancellationToken cancellation)
    {
        try
        {
            return (await DemoTreasury.StartAsync(DemoNetwork.Shards, cancellation), "");
        }
        catch (SandboxException missing)
        {
            return (null, missing.Message);
        }
    }

    /// <summary>Coins go to the treasury's wallet, and the account has them.</summary>
    public static async Task<DemoDeposit?> DepositAsync(
        DemoTreasury? treasury, DemoNetwork network, NanoTon funds, string problem, bool json, CancellationToken cancellation)
    {
        if (treasury is null)
        {
            if (!json)
                AnsiConsole.MarkupLineInterpolated($"[yellow]Without a chain: {problem}.[/] The operator vouches for the account's {funds}, and nobody is paid out.\n");
            return null;
        }

        long start = TimeProvider.System.GetTimestamp();
        string transaction = (await treasury.DepositAsync(network.Client.Account, funds, cancellation)).ToString();
        while ((await network.Client.GetBalanceAsync(cancellation)).Available < funds)
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
                throw new SandboxException($"the deposit of {funds} was not credited within {Patience.TotalSeconds:0} s");
            await Task.Delay(Pause, cancellation);
        }

        decimal seconds = Math.Round((decimal)TimeProvider.System.GetElapsedTime(start).TotalSeconds, 1);
        if (!json)
            AnsiConsole.MarkupLineInterpolated($"A deposit of {funds} to {treasury.Address} with the account as its comment was credited after {seconds} s (transaction {transaction[..16]}..).\n");
        return new DemoDeposit(funds, transaction, seconds);
    }

    /// <summary>What the jobs earned lands in the workers' wallets.</summary>
    public static async Task<DemoPayouts?> PayAsync(
        DemoTreasury? treasury, DemoNetwork network, IReadOnlyList<DemoJob> jobs, bool json, CancellationToken cancellation)
    {
        if (treasury is null)
            return null;
        if (!json)
            AnsiConsole.MarkupLine("Paying the workers over the chain ...");
        long basisPoints = network.Proxy.Setup.Prices.CommissionBasisPoints;
        NanoTon earned = new(jobs.Sum(job => job.Result.Cost.Value - (job.Result.Cost.Value * basisPoints / 10_000)));
        return await treasury.WaitForPayoutsAsync(network.Proxy, earned, cancellation);
    }

    public static JsonObject ToJson(DemoDeposit? deposit, DemoPayouts? payouts, string problem)
    {
        if (deposit is null || payouts is null)
            return new JsonObject { ["problem"] = problem };
        JsonObject json = payouts.ToJson();
        json["deposit"] = new JsonObject
        {
            ["amountNanoTon"] = deposit.Amount.Value,
            ["transaction"] = deposit.Transaction,
            ["seconds"] = deposit.Seconds,
        };
        return json;
    }
}
