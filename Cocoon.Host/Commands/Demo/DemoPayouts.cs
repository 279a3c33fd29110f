using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.Actors.Payouts;
using Cocoon.Protocol.Money;
using Spectre.Console;

namespace Cocoon.Host.Commands.Demo;

/// <summary>What the demo's treasury paid.</summary>
/// <param name="Paid">The payouts.</param>
/// <param name="FeePerPayout">What each cost in the last batch, measured.</param>
/// <param name="Fees">Everything that the chain cost.</param>
/// <param name="Received">What the workers' wallets received, by their own transactions.</param>
internal sealed record DemoPayouts(IReadOnlyList<PayoutView> Paid, NanoTon FeePerPayout, NanoTon Fees, NanoTon Received)
{
    /// <summary>Whether the wallets received what the books say, to the nano.</summary>
    public bool IsExact => Received.Value == Paid.Sum(payout => payout.Amount.Value);

    public void Show()
    {
        Table table = Screen.Table("payout", "worker", "amount TON", "fee TON", "wallet", "transaction");
        foreach (PayoutView payout in Paid)
        {
            table.AddRow(
                payout.Number.ToString(CultureInfo.InvariantCulture), payout.Beneficiary?.ToString()[..8] ?? "", Screen.Coins(payout.Amount),
                Screen.Coins(FeePerPayout), payout.Destination.ToString()[..8] + "..", payout.Transaction?.ToString()[..16] + "..");
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLine(IsExact
            ? "[green]Each worker's wallet received exactly its earnings. The fee is of a batch this small; with 100 payouts it is about 0.001 TON each.[/]"
            : "[red]The workers' wallets did not receive what the books say.[/]");
    }

    public JsonObject ToJson() => new()
    {
        ["payouts"] = new JsonArray([.. Paid.Select(payout => new JsonObject
        {
            ["payout"] = payout.Number,
            ["worker"] = payout.Beneficiary?.ToString(),
            ["amountNanoTon"] = payout.Amount.Value,
            ["feeNanoTon"] = FeePerPayout.Value,
            ["wallet"] = payout.Destination.ToString(),
            ["transaction"] = payout.Transaction?.ToString(),
            ["message"] = payout.MessageHash?.ToString(),
        })]),
        ["feesNanoTon"] = Fees.Value,
        ["receivedNanoTon"] = Received.Value,
        ["exact"] = IsExact,
    };
}
