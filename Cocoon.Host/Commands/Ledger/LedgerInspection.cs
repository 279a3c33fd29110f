using System.Globalization;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Microsoft.Data.Sqlite;

namespace Cocoon.Host.Commands.Ledger;

/// <summary>A ledger file opened to be read, as of one instant, whether or not a node runs on it.</summary>
internal sealed class LedgerInspection : IDisposable
{
    private readonly SqliteTransaction instant;

    private LedgerInspection(JournalReader reader, string network, int shards)
    {
        Reader = reader;
        Network = network;
        Shards = shards;
        instant = reader.BeginInstant();
    }

    /// <summary>Reads it.</summary>
    public JournalReader Reader { get; }

    /// <summary>The network it belongs to.</summary>
    public string Network { get; }

    /// <summary>Number of logical shards.</summary>
    public int Shards { get; }

    /// <summary>The treasury, then the shards.</summary>
    public IEnumerable<StreamId> Streams => Enumerable.Range(-1, Shards + 1).Select(number => new StreamId(number));

    /// <summary>Opens a file. Throws <see cref="StorageException"/> when it is not a ledger.</summary>
    public static LedgerInspection Open(string path)
    {
        SqliteConnection connection = SqliteFile.OpenForReading(path);
        try
        {
            string network = Meta(connection, "network");
            int shards = int.Parse(Meta(connection, "shards"), CultureInfo.InvariantCulture);
            return new LedgerInspection(new JournalReader(connection), network, shards);
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw new StorageException($"{path} cannot be read as a ledger: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        instant.Dispose();
        Reader.Dispose();
    }

    private static string Meta(SqliteConnection connection, string name)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE name = $name";
        command.Parameters.AddWithValue("$name", name);
        return command.ExecuteScalar() as string ?? throw new StorageException($"the ledger has no '{name}' entry; it is damaged");
    }
}
