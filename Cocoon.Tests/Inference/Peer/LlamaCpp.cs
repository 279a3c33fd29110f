using Cocoon.Benchmarks.Engine;

namespace Cocoon.Tests.Inference.Peer;

/// <summary>llama.cpp's own libraries in this process, as <c>scripts/llama-upstream/install</c> leaves them.</summary>
internal static class LlamaCpp
{
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Skips the running test where the libraries are not.</summary>
    public static void Require()
    {
        if (!Loaded.Value)
            Assert.Skip("scripts/llama-upstream/install has not been run, or this is not Linux on x64: llama.cpp's libraries are not here");
    }

    private static bool Load()
    {
        string folder = Path.Combine(SharedVectors.RepositoryRoot, "scripts", "llama-upstream", "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64");
        if (!OperatingSystem.IsLinux() || !Directory.Exists(folder))
            return false;
        LlamaLibrary.Load(folder);
        return true;
    }
}
