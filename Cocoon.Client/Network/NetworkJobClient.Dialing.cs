using Cocoon.Actors.Ports;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;

namespace Cocoon.Client.Network;

/// <content>Whom to dial, how long to wait for it, and why nobody is reached.</content>
public sealed partial class NetworkJobClient
{
    private readonly SortedDictionary<string, string> refusals = new(StringComparer.Ordinal);
    private TaskCompletionSource everyNodeRefused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (string Host, int Port) dialed;
    private (string Host, int Port)? movedTo;

    /// <summary>A link ended before it was one: nobody listens there, or whoever does is not the operator's proxy.</summary>
    internal void NotReached(LinkEnd end)
    {
        lock (gate)
        {
            string node = $"{dialed.Host}:{dialed.Port}";
            // The transport's own words begin with the address.
            refusals[node] = end.Reason == LinkReason.Transport && end.Detail.StartsWith(node, StringComparison.Ordinal)
                ? end.Detail
                : $"{node}: {end.Reason} {end.Detail}".TrimEnd();
            if (refusals.Count >= options.Nodes.Distinct().Count())
                everyNodeRefused.TrySetResult();
        }
    }

    private void ForgetRefusals()
    {
        refusals.Clear();
        if (everyNodeRefused.Task.IsCompleted)
            everyNodeRefused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private async Task<ClientConnection> ConnectedAsync(CancellationToken cancellationToken)
    {
        Task<ClientConnection> waiting;
        Task refused;
        lock (gate)
        {
            (waiting, refused) = (ready.Task, everyNodeRefused.Task);
            if (distrust is not null)
                throw new JobException(JobFailure.LedgerContradicted, distrust);
        }

        TimeSpan patience = TimeSpan.FromTicks(Math.Min(options.RefusedTimeout.Ticks, options.ConnectTimeout.Ticks));
        try
        {
            return await waiting.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // From now on a refusal is enough.
        }

        try
        {
            if (await Task.WhenAny(waiting, refused).WaitAsync(options.ConnectTimeout - patience, time, cancellationToken) == waiting)
                return await waiting;
        }
        catch (TimeoutException)
        {
            // Told below.
        }

        throw Unreachable();
    }

    private JobException Unreachable()
    {
        string[] why;
        lock (gate)
            why = [.. refusals.Values];
        string nodes = why.Length > 0 ? string.Join("; ", why) : $"no answer from {string.Join(", ", options.Nodes.Select(node => $"{node.Host}:{node.Port}"))}";
        return new JobException(JobFailure.Unreachable, $"no proxy of operator {options.Scope.Operator} is reached ({nodes}): is that the address of a running proxy?");
    }

    private DialTarget Target(int attempt)
    {
        (string Host, int Port) node;
        lock (gate)
            dialed = node = movedTo ?? options.Nodes[attempt % options.Nodes.Count];
        LinkIdentity identity = new()
        {
            Role = Role.Client,
            Scope = options.Scope,
            Signer = options.Account,
            Heads = Receipts.Heads,
            Software = "cocoon-client",
        };
        return new DialTarget(node.Host, node.Port, identity);
    }
}
