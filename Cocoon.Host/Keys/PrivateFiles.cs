using System.Text;
using System.Text.Json;

namespace Cocoon.Host.Keys;

/// <summary>Files that only their owner may read: 0600 in folders of 0700. On Windows, where there are no such modes, the folder's rights count.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode700 = FileMode600 | UnixFileMode.UserExecute;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Throws <see cref="KeyFileException"/> when the file is missing or anybody else has any right to it.</summary>
    public static void RequirePrivate(string path, string what)
    {
        if (!File.Exists(path))
            throw new KeyFileException($"there is no {what} {path}");
        if (OperatingSystem.IsWindows())
            return;
        UnixFileMode mode = File.GetUnixFileMode(path);
        if ((mode & Others) != UnixFileMode.None)
            throw new KeyFileException($"{what} {path} has mode {Octal(mode)}, so others may use it: run 'chmod 600 {path}', and if it was so for long, make a new key");
    }

    /// <summary>
    /// Creates a file with mode 0600 and text that is on the disk before it has its name. Throws <see cref="KeyFileException"/> if it exists.
    /// </summary>
    public static void Create(string path, string text)
    {
        string temporary = path + ".new";
        Write(temporary, text);
        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException fault)
        {
            File.Delete(temporary);
            throw new KeyFileException($"{path} exists already: choose another --name, or use 'cocoon key rotate'", fault);
        }
    }

    /// <summary>Replaces a file by text that is on the disk before it takes the name.</summary>
    public static void Replace(string path, string text)
    {
        Write(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Makes a folder with mode 0700 if there is none.</summary>
    public static void EnsureFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, FolderMode700);
    }

    /// <summary>What is wrong with a file, without any of its content: it may be somebody's secret under the wrong name.</summary>
    public static string Explain(Exception fault) =>
        fault is JsonException wrong ? $"it is not JSON (line {wrong.LineNumber + 1})" : fault.Message;

    private static void Write(string path, string text)
    {
        FileStreamOptions options = new() { Mode = System.IO.FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = FileMode600;
        try
        {
            // A leftover of a crash may have other rights.
            File.Delete(path);
            using FileStream file = new(path, options);
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"cannot write {path}: {fault.Message}", fault);
        }
    }

    private static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode, 8);
}
