using System.Globalization;
using Cocoon.Wire;

namespace Cocoon.Tests.Wire;

public sealed class KernelTurnsTests
{
    [Fact]
    public void Background_work_steps_back_and_short_turns_keep_the_priority()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("only Linux is asked");
        (int Before, bool Prompt, int AfterPrompt, bool Background, int AfterBackground, bool Ordinary, int AfterOrdinary) seen = default;
        Thread thread = new(() =>
        {
            seen.Before = Niceness();
            seen.Prompt = KernelTurns.Prompt();
            seen.AfterPrompt = Niceness();
            seen.Background = KernelTurns.Background();
            seen.AfterBackground = Niceness();
            seen.Ordinary = KernelTurns.Ordinary();
            seen.AfterOrdinary = Niceness();
        });
        thread.Start();
        thread.Join();
        if (!seen.Prompt)
            Assert.Skip("this kernel or container does not let a thread ask");
        Assert.True(seen.Background && seen.Ordinary);
        Assert.Equal(seen.Before, seen.AfterPrompt);
        Assert.Equal(Math.Max(10, seen.Before), seen.AfterBackground);
        // A thread that stepped back cannot step forward again without privilege.
        Assert.Equal(seen.AfterBackground, seen.AfterOrdinary);
    }

    // Field 19 of /proc/.../stat; the second, in parentheses, may hold blanks.
    private static int Niceness()
    {
        string stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }
}
