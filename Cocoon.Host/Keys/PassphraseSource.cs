using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace Cocoon.Host.Keys;

/// <summary>
/// Where a passphrase comes from: a prompt, a private file or an open file descriptor. Never an argument or the environment, which other
/// processes can read.
/// </summary>
internal sealed class PassphraseSource(string? file, int? descriptor, bool prompt)
{
    private const int MaxBytes = 1024;

    /// <summary>Whether any source was named.</summary>
    public bool IsNamed => file is not null || descriptor is not null || prompt;

    /// <summary>Reads the passphrase for an existing key. Throws <see cref="KeyFileException"/>. The caller wipes it.</summary>
    public byte[] Read() => file is not null ? ReadFile(file)
        : descriptor is { } number ? ReadDescriptor(number)
        : Ask("Passphrase");

    /// <summary>Reads the passphrase for a new key; a prompt asks twice.</summary>
    public byte[] ReadNew()
    {
        byte[] first = Read();
        if (file is not null || descriptor is not null)
            return first;
        byte[] second = Ask("The same again");
        bool same = CryptographicOperations.FixedTimeEquals(first, second);
        CryptographicOperations.ZeroMemory(second);
        return same ? first : throw new KeyFileException("the two passphrases differ: nothing was changed, try again");
    }

    /// <summary>
    /// Reads a systemd credential: systemd itself keeps its folder from others, by access lists that a file's mode does not show.
    /// </summary>
    public static byte[] ReadCredential(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return ReadLine(stream, path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"the credential {path} cannot be read: {fault.Message}", fault);
        }
    }

    private static byte[] Ask(string question)
    {
        if (Console.IsInputRedirected)
            throw new KeyFileException("this key needs a passphrase and there is no terminal to ask: use --passphrase-file or --passphrase-fd");
        return Check(Encoding.UTF8.GetBytes(AnsiConsole.Prompt(new TextPrompt<string>(question + ":").Secret())), "the prompt");
    }

    private static byte[] ReadFile(string path)
    {
        PrivateFiles.RequirePrivate(path, "passphrase file");
        using FileStream stream = File.OpenRead(path);
        return ReadLine(stream, path);
    }

    private static byte[] ReadDescriptor(int number)
    {
        try
        {
            using SafeFileHandle handle = new(number, ownsHandle: false);
            using FileStream stream = new(handle, FileAccess.Read, bufferSize: 0);
            return ReadLine(stream, $"file descriptor {number}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new KeyFileException($"file descriptor {number} cannot be read: {fault.Message}. Open it in the shell, as in '{number}<file'.", fault);
        }
    }

    private static byte[] ReadLine(Stream stream, string name)
    {
        byte[] buffer = new byte[MaxBytes + 1];
        int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> line = buffer.AsSpan(0, length);
        line = line.EndsWith("\r\n"u8) ? line[..^2] : line.EndsWith("\n"u8) ? line[..^1] : line;
        byte[] passphrase = line.ToArray();
        CryptographicOperations.ZeroMemory(buffer);
        return Check(passphrase, name);
    }

    private static byte[] Check(byte[] passphrase, string name) =>
        passphrase.Length is > 0 and <= MaxBytes ? passphrase
            : throw new KeyFileException($"the passphrase from {name} has {passphrase.Length} bytes: it must have 1 to {MaxBytes}");
}
