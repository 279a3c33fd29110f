using System.Text.Json.Nodes;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Runtime;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Treasury;

/// <summary>Tells the operator's log when the treasury's state changes: what stops payouts, and when they go on.</summary>
internal sealed partial class TreasuryWatch(ITreasuryAsk treasury, ILogger logger)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private PayoutState told = PayoutState.Starting;

    /// <summary>How it stood when it was looked at last, as <c>cocoon status</c> shows it; null before.</summary>
    public JsonObject? Seen { get; private set; }

    /// <summary>Looks until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                Look(await treasury.QueryAsync());
            }
            catch (Exception fault) when (fault is AskTimeoutException or InvalidOperationException)
            {
                // The treasury restarts or moves; its own log says why.
            }

            await Task.Delay(Period, stop);
        }
    }

    private void Look(TreasuryView view)
    {
        Seen = TreasuryOperations.Describe(view);
        bool isWell = view.State is PayoutState.Starting or PayoutState.Idle or PayoutState.Paying;
        bool wasWell = told is PayoutState.Starting or PayoutState.Idle or PayoutState.Paying;
        if (isWell && !wasWell)
            GoesOn(logger, view.WaitingCount, view.WaitingAmount.ToString());
        else if (!isWell && told != view.State)
            Waits(logger, view.State, view.Text, view.WaitingCount, view.WaitingAmount.ToString());
        told = view.State;
    }

    [LoggerMessage(1200, LogLevel.Warning, "payouts wait ({State}): {Reason} ({Count} payouts of {Amount} wait; jobs go on)")]
    private static partial void Waits(ILogger logger, PayoutState state, string reason, int count, string amount);

    [LoggerMessage(1201, LogLevel.Information, "payouts go on; {Count} of {Amount} wait")]
    private static partial void GoesOn(ILogger logger, int count, string amount);
}
