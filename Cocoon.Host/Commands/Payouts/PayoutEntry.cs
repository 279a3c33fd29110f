using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.Payouts;

/// <summary>One payout for people and bookkeepers.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Kind">earnings, withdrawal, commission or refund.</param>
/// <param name="Beneficiary">Worker, account or suspense transaction in hexadecimal; empty for commission.</param>
/// <param name="Destination">Where to.</param>
/// <param name="Amount">How much.</param>
/// <param name="State">waiting, in-flight, paid, returned or reopened.</param>
/// <param name="Batch">The last batch that held it; 0: none.</param>
/// <param name="Fee">Its share of what that batch cost; null until it is paid.</param>
/// <param name="Transaction">The wallet's transaction that paid it; empty: none.</param>
/// <param name="Message">The message that paid it; empty: none.</param>
/// <param name="PaidAt">When, ISO 8601 by chain time; empty: not.</param>
/// <param name="Link">Where people look at it; empty: nowhere.</param>
internal sealed record PayoutEntry(
    long Number,
    string Kind,
    string Beneficiary,
    string Destination,
    NanoTon Amount,
    string State,
    long Batch,
    NanoTon? Fee,
    string Transaction,
    string Message,
    string PaidAt,
    string Link)
{
    public const string CsvHead = "payout,kind,beneficiary,destination,amount_nano_ton,state,batch,fee_nano_ton,transaction,message,paid_at,link";

    public string ToCsv() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Number},{Kind},{Beneficiary},{Destination},{Amount.Value},{State},{Batch},{Fee?.Value},{Transaction},{Message},{PaidAt},{Link}");

    public JsonObject ToJson() => new()
    {
        ["payout"] = Number,
        ["kind"] = Kind,
        ["beneficiary"] = Beneficiary,
        ["destination"] = Destination,
        ["amountNanoTon"] = Amount.Value,
        ["state"] = State,
        ["batch"] = Batch,
        ["feeNanoTon"] = Fee?.Value,
        ["transaction"] = Transaction,
        ["message"] = Message,
        ["paidAt"] = PaidAt,
        ["link"] = Link,
    };
}
