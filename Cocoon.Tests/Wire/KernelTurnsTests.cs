using System.Globalization;
using Cocoon.Wire;

namespace Cocoon.Tests.Wire;

public sealed class KernelTurnsTests
{
    [Fact]
    public void Background_work_steps_back()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("only Linux is asked");
        (int Before, bool Background, int After) seen = default;
        Thread thread = new(() => seen = (Niceness(), KernelTurns.Background(), Niceness()));
        thread.Start();
        thread.Join();
        if (!seen.Background)
            Assert.Skip("this kernel or container does not let a thread ask");
        Assert.Equal(Math.Max(10, seen.Before), seen.After);
    }

    // Field 19 of /proc/.../stat; the second, in parentheses, may hold blanks.
    private static int Niceness()
    {
        string stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }
}
