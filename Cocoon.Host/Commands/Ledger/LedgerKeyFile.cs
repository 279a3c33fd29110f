using System.Security.Cryptography;
using Cocoon.Actors.Persistence;
using Cocoon.Host.Storage;

namespace Cocoon.Host.Commands.Ledger;

/// <summary>The ledger's HMAC key as a file: 64 hexadecimal digits, readable by its owner alone.</summary>
internal static class LedgerKeyFile
{
    private const int KeyBytes = 32;

    /// <summary>Reads the key. Throws <see cref="StorageException"/> when the file is missing or not a key.</summary>
    public static LedgerKey Read(string path)
    {
        if (!File.Exists(path))
            throw new StorageException($"there is no ledger key at {path}; without the key that wrote it a ledger can be neither checked nor continued");
        string text = File.ReadAllText(path).Trim();
        if (text.Length != 2 * KeyBytes || !text.All(char.IsAsciiHexDigit))
            throw new StorageException($"{path} is not a ledger key: that is {2 * KeyBytes} hexadecimal digits");
        return new LedgerKey(Convert.FromHexString(text));
    }

    /// <summary>Reads the key, or makes one (mode 0600) when neither it nor the ledger exists yet.</summary>
    public static LedgerKey ReadOrCreate(string path, string ledgerPath)
    {
        if (File.Exists(path) || File.Exists(ledgerPath))
            return Read(path);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (StreamWriter writer = new(path, options))
            writer.WriteLine(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes)));
        return Read(path);
    }
}
