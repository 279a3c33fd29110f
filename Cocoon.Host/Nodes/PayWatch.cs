using Cocoon.Actors.Worker;
using Cocoon.Host.Configuration;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Nodes;

/// <summary>Tells a GPU owner what becomes of the pay: pending, in flight, paid with a link, returned. Each change once.</summary>
internal sealed partial class PayWatch(string explorer, ILogger logger)
{
    private readonly Dictionary<(int Proxy, ulong Payout), PayoutPhase> known = [];
    private readonly Dictionary<int, string> problems = [];
    private readonly HashSet<int> seen = [];

    /// <summary>Looks at a status. Payouts that were paid before the first look are not told again.</summary>
    public void Look(WorkerStatus status)
    {
        foreach ((int proxy, Earnings? pay) in status.Pay.Index())
        {
            if (pay is null)
                continue;
            Complain(proxy, status.Proxies[proxy].Address, pay);
            bool isFirst = seen.Add(proxy);
            foreach (PayoutLine line in pay.Payouts.Reverse())
                Tell(proxy, line, isFirst);
        }
    }

    private void Tell(int proxy, PayoutLine line, bool isFirst)
    {
        if (known.TryGetValue((proxy, line.Number), out PayoutPhase phase) && phase == line.Phase)
            return;
        known[(proxy, line.Number)] = line.Phase;
        NanoTon amount = new(line.AmountNanoTon);
        string transaction = Convert.ToHexStringLower(line.Transaction.Span);
        if (line.Phase == PayoutPhase.Pending)
            Pending(logger, line.Number, amount);
        else if (line.Phase == PayoutPhase.InFlight)
            InFlight(logger, line.Number, amount);
        else if (line.Phase == PayoutPhase.Returned)
            Returned(logger, line.Number, amount);
        else if (!isFirst)
            Paid(logger, line.Number, amount, TreasuryOptions.LinkOf(explorer, transaction));
    }

    private void Complain(int proxy, string address, Earnings pay)
    {
        string problem = pay.Reason.Length > 0 ? pay.Reason
            : pay.Address.IsEmpty && pay.OwedNanoTon > 0 ? "no payout address is known: set worker.payout-address or worker.payout-statement"
            : "";
        if (string.Equals(problems.GetValueOrDefault(proxy, ""), problem, StringComparison.Ordinal))
            return;
        problems[proxy] = problem;
        if (problem.Length > 0)
            Unpaid(logger, address, problem);
    }

    [LoggerMessage(1100, LogLevel.Information, "payout {Payout} of {Amount} is pending: it waits for the operator's next batch")]
    private static partial void Pending(ILogger logger, ulong payout, NanoTon amount);

    [LoggerMessage(1101, LogLevel.Information, "payout {Payout} of {Amount} is in flight")]
    private static partial void InFlight(ILogger logger, ulong payout, NanoTon amount);

    [LoggerMessage(1102, LogLevel.Information, "payout {Payout} of {Amount} is paid: {Link}")]
    private static partial void Paid(ILogger logger, ulong payout, NanoTon amount, string link);

    [LoggerMessage(1103, LogLevel.Warning, "payout {Payout} of {Amount} came back from your wallet; the operator decides")]
    private static partial void Returned(ILogger logger, ulong payout, NanoTon amount);

    [LoggerMessage(1104, LogLevel.Warning, "proxy {Proxy} pays nothing now: {Problem}")]
    private static partial void Unpaid(ILogger logger, string proxy, string problem);
}
