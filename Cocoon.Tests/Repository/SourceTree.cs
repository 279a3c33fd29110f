using System.Diagnostics;

namespace Cocoon.Tests.Repository;

/// <summary>The tracked files of this repository, or all files outside build folders where git is absent.</summary>
internal static class SourceTree
{
    private static readonly string[] BuildFolders = ["bin", "obj", "node_modules", ".git"];

    public static string Root => SharedVectors.RepositoryRoot;

    public static IReadOnlyList<string> Files { get; } = ListFiles();

    public static IEnumerable<string> CSharp => Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    public static bool IsText(string file)
        => Path.GetExtension(file) is ".cs" or ".csproj" or ".props" or ".md" or ".json" or ".proto" or ".conf" or ".mjs" or ".js" or ".sh" or ".txt" or ".sln" or ".editorconfig" or ".npmrc" or "";

    private static List<string> ListFiles()
    {
        using Process? git = Process.Start(new ProcessStartInfo("git", ["-C", Root, "ls-files", "--cached", "--others", "--exclude-standard"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        });
        string[] listed = git!.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        return [.. (git.ExitCode == 0 ? listed : Walk()).Where(file => File.Exists(Path.Combine(Root, file))).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Walk()
        => Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => BuildFolders.Contains(part, StringComparer.Ordinal)));
}
