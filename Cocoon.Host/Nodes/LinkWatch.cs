using Cocoon.Actors.Worker;
using Cocoon.Protocol.V1;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Nodes;

/// <summary>Tells a GPU owner what the worker serves and whom it reaches. Each change once.</summary>
internal sealed partial class LinkWatch(ILogger logger)
{
    private readonly Dictionary<string, (bool Connected, string LastEnd)> known = [];
    private string served = "";
    private string trouble = "";

    public void Look(WorkerStatus status)
    {
        foreach (ProxyStatus proxy in status.Proxies)
            Tell(proxy);
        string models = string.Join(", ", status.Models.Select(model => $"{model.Name} ({model.MaxConcurrent} slots, {model.ContextTokens} tokens)"));
        if (models != served && models.Length > 0)
            Serves(logger, models);
        // Without a connection there is no other trouble to tell of.
        string problem = status.Proxies.Any(proxy => proxy.Connected) ? status.Problem : "";
        if (problem != trouble && problem.Length > 0)
            Idle(logger, problem);
        (served, trouble) = (models, problem);
    }

    private void Tell(ProxyStatus proxy)
    {
        (bool wasConnected, string lastEnd) = known.GetValueOrDefault(proxy.Address, (false, ""));
        known[proxy.Address] = (proxy.Connected, proxy.LastEnd);
        if (proxy.Connected && !wasConnected)
            Connected(logger, proxy.Address, proxy.Operator.ToString());
        else if (!proxy.Connected && (wasConnected || proxy.LastEnd != lastEnd))
            Lost(logger, proxy.Address, ReasonOf(proxy));
    }

    /// <summary>Why a link ended, without the address, which stands before it.</summary>
    private static string ReasonOf(ProxyStatus proxy)
    {
        string end = proxy.LastEnd.Replace($"{nameof(LinkReason.Transport)} ", "", StringComparison.Ordinal);
        return end.Replace($"{proxy.Address}: ", "", StringComparison.Ordinal);
    }

    [LoggerMessage(1110, LogLevel.Information, "connected to {Address} of operator {Operator}")]
    private static partial void Connected(ILogger logger, string address, string @operator);

    [LoggerMessage(1111, LogLevel.Warning, "no connection to {Address}, dialing again: {Reason}")]
    private static partial void Lost(ILogger logger, string address, string reason);

    [LoggerMessage(1112, LogLevel.Information, "serves {Models}")]
    private static partial void Serves(ILogger logger, string models);

    [LoggerMessage(1113, LogLevel.Warning, "takes no jobs: {Problem}")]
    private static partial void Idle(ILogger logger, string problem);
}
