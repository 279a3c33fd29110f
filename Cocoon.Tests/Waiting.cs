using System.Diagnostics;

namespace Cocoon.Tests;

/// <summary>How a test waits: for what must come, so long that only a fault ends the wait. No test counts on something having come by then.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Longer than any machine takes, however busy; costs nothing where the thing comes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Waits until <paramref name="condition"/> holds; <paramref name="otherwise"/> tells what was seen instead.</summary>
    public static Task UntilAsync(Func<bool> condition, Func<string>? otherwise = null) => UntilAsync(() => Task.FromResult(condition()), otherwise);

    /// <summary>Waits until <paramref name="condition"/> holds; <paramref name="otherwise"/> tells what was seen instead.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string>? otherwise = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"it did not come to that within {Patience.TotalSeconds:0} s. {otherwise?.Invoke()}");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }
}
