namespace Cocoon.Actors.Proxy;

/// <content>
/// Models that nobody serves at this moment and somebody soon may: after a worker's restart, or the node's own. Jobs for them wait.
/// </content>
internal sealed partial class Fleet
{
    private const int AwaitedMax = 1024;
    private readonly SortedDictionary<string, TimeSpan> awaited = new(StringComparer.Ordinal);

    /// <summary>Rises when <see cref="KnownModels"/> changes.</summary>
    public long KnownVersion { get; private set; }

    /// <summary>What is served or awaited, in order of name.</summary>
    public IReadOnlyList<string> KnownModels
        => [.. models.Values.Where(static model => model.Served.Count > 0).Select(static model => model.Name)
            .Union(awaited.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>A worker for the model should come within <see cref="FleetOptions.AwaitWorker"/> from now.</summary>
    public void Await(string model, TimeSpan now)
    {
        if (options.AwaitWorker <= TimeSpan.Zero || (awaited.Count >= AwaitedMax && !awaited.ContainsKey(model)))
            return;
        awaited[model] = now + options.AwaitWorker;
        KnownVersion++;
    }

    private void Arrived(string model)
    {
        if (!awaited.Remove(model))
            KnownVersion++;
    }

    /// <summary>Waiting can help although nobody may have the job now: all who serve the model are leaving or gone, and not for long.</summary>
    private bool IsAwaited(FleetModel model)
    {
        foreach (FleetServed served in model.Served)
        {
            if (!served.Worker.Draining)
                return false;
        }

        return model.Served.Count > 0 ? options.AwaitWorker > TimeSpan.Zero : awaited.ContainsKey(model.Name);
    }

    private void ForgetOverdue(TimeSpan now)
    {
        List<string> overdue = [.. awaited.Where(entry => entry.Value <= now).Select(static entry => entry.Key)];
        foreach (string name in overdue)
        {
            awaited.Remove(name);
            KnownVersion++;
            if (!models.TryGetValue(name, out FleetModel? model))
                continue;
            GiveUpHopeless(model, now);
            ForgetIfUnused(model);
        }
    }
}
