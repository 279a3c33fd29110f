namespace Cocoon.Tests;

/// <summary>Finds third-party test data, which lies beside the project's folder and never in it.</summary>
internal static class SharedVectors
{
    /// <summary>The repository's root: the nearest folder above the test assembly that holds the solution.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The path of a file or folder under <c>../shared</c>; skips the running test when it is not there.</summary>
    public static string Require(params string[] path)
    {
        string full = Path.GetFullPath(Path.Combine([RepositoryRoot, "..", "shared", .. path]));
        if (!File.Exists(full) && !Directory.Exists(full))
            Assert.Skip($"shared/{string.Join('/', path)} is not beside this clone");
        return full;
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cocoon.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"no Cocoon.sln above {AppContext.BaseDirectory}: run the tests from a clone of the repository");
    }
}
