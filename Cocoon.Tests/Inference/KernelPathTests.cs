using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using Cocoon.Tests.Inference.Kernels;
using Cocoon.Tests.Inference.Model;

namespace Cocoon.Tests.Inference;

/// <summary>
/// The tests of kernels and models once more in processes that lack instructions of this processor, so that the paths for lesser
/// processors run everywhere.
/// </summary>
public sealed class KernelPathTests
{
    /// <summary>Tells the child which kernels it must find to be the fastest.</summary>
    internal const string ExpectedVariable = "COCOON_TEST_KERNELS";

    // The more is left out, the slower: vectors made of single values take a minute for a small model.
    private static readonly string[] Tests =
    [
        typeof(MatrixKernelsTests).FullName + ".*",
        typeof(StripKernelTests).FullName + ".*",
        typeof(ArchitectureTests).FullName + "." + nameof(ArchitectureTests.Logits_are_those_of_the_definition),
        typeof(TinyTranslatorTests).FullName + ".*",
    ];

    [Theory]
    [InlineData("DOTNET_EnableAVX512", 4)]
    [InlineData("DOTNET_EnableAVX2", 3)]
    [InlineData("DOTNET_EnableHWIntrinsic", 1)]
    public async Task Lesser_processors_compute_the_same(string without, int tests)
    {
        if (!Avx2.IsSupported)
            Assert.Skip("this processor has nothing to leave out");
        string[] chosen = [.. Tests.Take(tests).SelectMany(name => (string[])["-method", name])];
        ProcessStartInfo start = new(Environment.ProcessPath!, [typeof(KernelPathTests).Assembly.Location, "-noColor", "-noLogo", .. chosen])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment[without] = "0";
        start.Environment[ExpectedVariable] = without != "DOTNET_EnableAVX512" ? "portable" : AvxVnni.IsSupported ? "avx-vnni" : "avx2";
        using Process child = Process.Start(start)!;
        string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0, output);
        Assert.Matches("Total: [1-9][0-9]", output);
    }
}
