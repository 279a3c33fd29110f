namespace Cocoon.Tests.Ledger;

/// <summary>The files that a stopped node's ledger is made of.</summary>
internal static class LedgerFiles
{
    private static readonly string[] Parts = ["", "-wal", "-shm"];

    /// <summary>Copies a ledger in the place of another.</summary>
    public static void Copy(string from, string to)
    {
        foreach (string part in Parts)
        {
            File.Delete(to + part);
            if (File.Exists(from + part))
                File.Copy(from + part, to + part);
        }
    }
}
