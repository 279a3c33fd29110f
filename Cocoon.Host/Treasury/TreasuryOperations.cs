using System.Text.Json.Nodes;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Treasury;

/// <summary>
/// What an operator can tell the treasury, as JSON: the commands send it to a running proxy through <see cref="ControlSocket"/>, or do it
/// themselves on the ledger of a stopped one.
/// </summary>
/// <param name="ask">Asks the treasury's actor.</param>
internal sealed class TreasuryOperations(ITreasuryAsk ask)
{
    private static readonly TimeSpan FirstReading = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Does it. What cannot be done is told in <c>error</c>.</summary>
    public async Task<JsonObject> RunAsync(JsonObject request, CancellationToken cancellation)
    {
        try
        {
            string what = TextOf(request, "do");
            return what switch
            {
                "treasury" => Described(await ReadyAsync(cancellation)),
                "retry" => Answered(await ask.AskAsync(reply => new RetryPayouts(reply))),
                "reopen" => Answered(await ask.AskAsync(reply => new ReopenPayout(NumberOf(request, "payout"), TextOf(request, "memo"), reply))),
                "explain" => await ExplainAsync(request, cancellation),
                "assign" => Answered(await ask.AskAsync(reply =>
                    new AssignSuspense(HashOf(request, "transaction"), AccountOf(request), TextOf(request, "memo"), reply))),
                "refund" => Answered(await ask.AskAsync(reply => new RefundSuspense(HashOf(request, "transaction"), reply))),
                "commission" => Answered(await ask.AskAsync(reply => CommissionOf(request, reply))),
                _ => Failed($"this proxy does not know '{what}': is it of another version?"),
            };
        }
        catch (Exception fault) when (fault is FormatException or AskTimeoutException or InvalidOperationException)
        {
            return Failed(fault.Message);
        }
    }

    public static JsonObject Failed(string error) => new() { ["ok"] = false, ["error"] = error };

    /// <summary>Payouts stop at a transaction only after it was read: the first reading is waited for.</summary>
    private async Task<JsonObject> ExplainAsync(JsonObject request, CancellationToken cancellation)
    {
        await ReadyAsync(cancellation);
        long[] numbers = [.. (request["payouts"] as JsonArray ?? []).Select(number => (long)number!)];
        return Answered(await ask.AskAsync(reply => new ExplainOutflow(HashOf(request, "transaction"), numbers, TextOf(request, "memo"), reply)));
    }

    private async Task<TreasuryView> ReadyAsync(CancellationToken cancellation)
    {
        long start = TimeProvider.System.GetTimestamp();
        TreasuryView view = await ask.QueryAsync();
        while (view.State == PayoutState.Starting && TimeProvider.System.GetElapsedTime(start) < FirstReading)
        {
            await Task.Delay(Pause, cancellation);
            view = await ask.QueryAsync();
        }

        return view;
    }

    private static WithdrawCommission CommissionOf(JsonObject request, ReplyTo<LedgerAnswer> reply)
    {
        NanoTon? amount = (string?)request["amount"] is { } text
            ? NanoTon.TryParseTon(text, out NanoTon parsed) && parsed > NanoTon.Zero ? parsed : throw new FormatException($"'{text}' is not an amount of TON above zero")
            : null;
        return WalletAddress.TryParse(TextOf(request, "to"), out WalletAddress to)
            ? new WithdrawCommission(amount, to, TextOf(request, "reference"), reply)
            : throw new FormatException($"'{TextOf(request, "to")}' is not a TON address in its friendly form (UQ... or EQ...)");
    }

    private static AccountId? AccountOf(JsonObject request) => request["account"] is null ? null : new AccountId(HashOf(request, "account"));

    private static Bytes32 HashOf(JsonObject request, string key) => Bytes32.TryParseHex(TextOf(request, key), out Bytes32 hash)
        ? hash
        : throw new FormatException($"'{TextOf(request, key)}' is no {key}: that is 64 hexadecimal digits");

    private static string TextOf(JsonObject request, string key) => (string?)request[key] ?? "";

    private static long NumberOf(JsonObject request, string key) => (long?)request[key] ?? throw new FormatException($"{key} is missing");

    private static JsonObject Answered(LedgerAnswer answer) => answer.Refusal == LedgerRefusal.None
        ? new JsonObject { ["ok"] = true, ["sequence"] = answer.Head.Sequence }
        : Failed(answer.Text);

    private static JsonObject Described(TreasuryView view)
    {
        JsonObject described = Describe(view);
        described.Insert(0, "ok", true);
        return described;
    }

    /// <summary>How the treasury stands, for programs.</summary>
    public static JsonObject Describe(TreasuryView view) => new()
    {
        ["state"] = view.State.ToString(),
        ["text"] = view.Text,
        ["waiting"] = view.WaitingCount,
        ["waitingNanoTon"] = view.WaitingAmount.Value,
        ["batch"] = view.Attempt is { } batch
            ? new JsonObject
            {
                ["number"] = batch.Number,
                ["standing"] = batch.Standing.ToString(),
                ["payouts"] = batch.PayoutCount,
                ["amountNanoTon"] = batch.Amount.Value,
                ["sends"] = batch.Sends,
                ["lastAnswer"] = batch.LastAnswer,
            }
            : null,
        ["unexplained"] = view.Unexplained is { } found
            ? new JsonObject
            {
                ["transaction"] = found.Transaction.Point.Hash.ToString(),
                ["reason"] = found.Reason,
                ["candidates"] = new JsonArray([.. found.Candidates.Select(number => (JsonNode)number)]),
            }
            : null,
        ["outflowTodayNanoTon"] = view.Totals.OutflowToday.Value,
        ["dailyCapNanoTon"] = view.DailyOutflowMax?.Value,
        ["waitingForAnotherDay"] = view.WaitingForDayCount,
        ["waitingForAnotherDayNanoTon"] = view.WaitingForDayAmount.Value,
        ["anchoredAt"] = view.AnchoredUnixSeconds > 0 ? Commands.AnswerPrinter.Date(view.AnchoredUnixSeconds) : null,
        ["suspense"] = view.Suspense.Count,
        ["commissionNanoTon"] = view.Totals.Commission.Value,
        ["feePerPayoutNanoTon"] = view.Totals.LastFeePerPayout.Value,
        ["wallets"] = new JsonArray([.. view.Wallets.Select(wallet => new JsonObject
        {
            ["number"] = wallet.Number,
            ["address"] = wallet.Wallet.Address.ToString(),
            ["bookedNanoTon"] = wallet.Booked.Value,
            ["chainNanoTon"] = wallet.OnChain?.Value,
        })]),
    };
}

/// <summary>The way to the treasury's actor.</summary>
internal interface ITreasuryAsk
{
    /// <summary>Asks for a decision.</summary>
    Task<LedgerAnswer> AskAsync(Func<ReplyTo<LedgerAnswer>, LedgerCommand> command);

    /// <summary>Asks how it stands.</summary>
    Task<TreasuryView> QueryAsync();
}
