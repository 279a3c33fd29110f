using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace Cocoon.Client.Receipts;

/// <summary>
/// A folder with one text file a day to which lines are added in the background, and which is read from its newest line back. A process that
/// is killed loses the lines of its last moment at most.
/// </summary>
internal sealed class DailyLines : IAsyncDisposable
{
    private const string Extension = ".jsonl";
    private readonly TimeProvider time;
    private readonly Channel<string> waiting = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task writing;
    private string? problem;

    /// <summary>Opens the folder, and makes it, for its owner alone, if there is none. Throws <see cref="IOException"/> when that cannot be.</summary>
    public DailyLines(string folder, TimeProvider time)
    {
        Folder = folder;
        this.time = time;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        writing = Task.Run(WriteAsync);
    }

    public string Folder { get; }

    /// <summary>Why lines could not be written, as of the last try; null when all is well.</summary>
    public string? Problem => Volatile.Read(ref problem);

    public void Add(string line) => waiting.Writer.TryWrite(line);

    /// <summary>Every line of a folder, newest first; none when there is no such folder.</summary>
    public static IEnumerable<string> ReadBack(string folder)
    {
        if (!Directory.Exists(folder))
            yield break;
        foreach (string file in Directory.GetFiles(folder, "*" + Extension).OrderDescending(StringComparer.Ordinal))
        {
            string[] lines = ReadShared(file);
            for (int i = lines.Length - 1; i >= 0; i--)
            {
                if (lines[i].Length > 0)
                    yield return lines[i];
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing;
    }

    private static string[] ReadShared(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().Split('\n');
    }

    private async Task WriteAsync()
    {
        StringBuilder text = new();
        while (await waiting.Reader.WaitToReadAsync())
        {
            text.Clear();
            while (waiting.Reader.TryRead(out string? line))
                text.Append(line).Append('\n');
            try
            {
                string name = time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + Extension;
                await File.AppendAllTextAsync(Path.Combine(Folder, name), text.ToString());
                Volatile.Write(ref problem, null);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // The operator can be asked for them again; running jobs must not suffer from a full disk.
                Volatile.Write(ref problem, failure.Message);
            }
        }
    }
}
