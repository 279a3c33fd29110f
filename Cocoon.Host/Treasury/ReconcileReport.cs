using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Treasury;

/// <summary>One wallet in the journal and on the chain.</summary>
/// <param name="Number">Its number in the journal.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Booked">What the journal says it holds.</param>
/// <param name="AtCursor">What the chain says it held at the journal's last booked transaction.</param>
/// <param name="OnChain">What the chain says now.</param>
/// <param name="Transactions">Booked transactions.</param>
/// <param name="NotBooked">Transactions after them: a running proxy books them with its next reading.</param>
internal sealed record WalletReport(int Number, string Address, NanoTon Booked, NanoTon AtCursor, NanoTon OnChain, int Transactions, int NotBooked);

/// <summary>The journal beside the chain.</summary>
/// <param name="Wallets">The wallets.</param>
/// <param name="Payouts">Payouts that the journal holds for paid, each found on the chain unless a problem says otherwise.</param>
/// <param name="PaidBooked">Their sum in the journal.</param>
/// <param name="PaidOnChain">What the wallets sent to others, by the messages' values.</param>
/// <param name="Deposits">Transfers to the wallets.</param>
/// <param name="Deposited">Their sum.</param>
/// <param name="FeesBooked">Fees in the journal.</param>
/// <param name="FeesOnChain">Fees on the chain.</param>
/// <param name="Problems">Everything in which they differ; empty when they agree.</param>
internal sealed record ReconcileReport(
    IReadOnlyList<WalletReport> Wallets,
    int Payouts,
    NanoTon PaidBooked,
    NanoTon PaidOnChain,
    int Deposits,
    NanoTon Deposited,
    NanoTon FeesBooked,
    NanoTon FeesOnChain,
    IReadOnlyList<string> Problems)
{
    public bool Agrees => Problems.Count == 0;

    public JsonObject ToJson() => new()
    {
        ["agrees"] = Agrees,
        ["problems"] = new JsonArray([.. Problems.Select(problem => (JsonNode)problem)]),
        ["wallets"] = new JsonArray([.. Wallets.Select(wallet => new JsonObject
        {
            ["number"] = wallet.Number,
            ["address"] = wallet.Address,
            ["bookedNanoTon"] = wallet.Booked.Value,
            ["chainNanoTon"] = wallet.AtCursor.Value,
            ["chainNowNanoTon"] = wallet.OnChain.Value,
            ["transactions"] = wallet.Transactions,
            ["notBooked"] = wallet.NotBooked,
        })]),
        ["payouts"] = Payouts,
        ["paidNanoTon"] = PaidBooked.Value,
        ["deposits"] = Deposits,
        ["depositedNanoTon"] = Deposited.Value,
        ["feesNanoTon"] = FeesBooked.Value,
    };

    public void Write(TextWriter output)
    {
        foreach (WalletReport wallet in Wallets)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"wallet {wallet.Number} {wallet.Address}: journal {wallet.Booked}, chain {wallet.AtCursor} after {wallet.Transactions} transactions; now {wallet.OnChain}, {wallet.NotBooked} not booked yet"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"payouts  {Payouts}, journal {PaidBooked}, chain {PaidOnChain}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"deposits {Deposits}, {Deposited}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"fees     journal {FeesBooked}, chain {FeesOnChain}"));
        foreach (string problem in Problems)
            output.WriteLine($"PROBLEM  {problem}");
        output.WriteLine(Agrees ? "journal and chain agree" : "journal and chain DIFFER: look before anything is paid (docs/operators/treasury.md, Recover)");
    }
}
