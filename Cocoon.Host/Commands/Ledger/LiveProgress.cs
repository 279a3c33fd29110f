using System.Diagnostics;

namespace Cocoon.Host.Commands.Ledger;

/// <summary>A line a second on standard error while something long runs; silent where nobody watches.</summary>
internal sealed class LiveProgress(string verb, bool quiet)
{
    private readonly bool silent = quiet || Console.IsErrorRedirected;
    private long finished;
    private long next = Stopwatch.GetTimestamp() + Stopwatch.Frequency;

    /// <summary>Events done in the present stream.</summary>
    public void Report(long events)
    {
        if (silent || Stopwatch.GetTimestamp() < next)
            return;
        next = Stopwatch.GetTimestamp() + Stopwatch.Frequency;
        Console.Error.WriteLine($"{finished + events:N0} events {verb} ...");
    }

    /// <summary>The stream is done.</summary>
    public void Finish(long events) => finished += events;
}
