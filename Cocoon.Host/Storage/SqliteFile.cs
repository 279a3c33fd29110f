using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Cocoon.Host.Storage;

/// <summary>
/// One ledger file and the right to it: held by one process at a time through a lock file beside it, which the kernel frees when the
/// process dies. The file knows its schema, its network and its number of shards, and is refused when they are foreign.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    // "CcnL": what `file` shows for the database, and a guard against opening some other program's.
    private const int ApplicationId = 0x43636e4c;
    private const int SchemaVersion = 1;

    private const string Schema =
        """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE stream (
            stream INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, owner INTEGER, last_sequence INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE journal (
            position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL,
            epoch INTEGER NOT NULL, chain BLOB NOT NULL, mac BLOB NOT NULL, body BLOB NOT NULL);
        CREATE TABLE journal_index (
            stream INTEGER NOT NULL, last_sequence INTEGER NOT NULL, position INTEGER NOT NULL,
            PRIMARY KEY (stream, last_sequence)) WITHOUT ROWID;
        CREATE TABLE journal_indexed (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL);
        INSERT INTO journal_indexed VALUES (1, 0);
        CREATE TABLE snapshot (
            stream INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, chain BLOB NOT NULL, mac BLOB NOT NULL, parts INTEGER NOT NULL);
        CREATE TABLE snapshot_part (
            stream INTEGER NOT NULL, sequence INTEGER NOT NULL, part INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (stream, sequence, part));
        """;

    private readonly FileStream guard;
    private readonly SqliteOptions options;

    private SqliteFile(SqliteOptions options, FileStream guard, SqliteConnection writer)
    {
        this.options = options;
        this.guard = guard;
        Writer = writer;
    }

    /// <summary>The one connection that writes.</summary>
    public SqliteConnection Writer { get; }

    /// <summary>The file's path, for messages.</summary>
    public string Path => options.Path;

    /// <summary>Number of logical shards.</summary>
    public int Shards { get; private set; }

    /// <summary>Opens the file, or makes it if there is none. Throws <see cref="StorageException"/>.</summary>
    public static SqliteFile Open(SqliteOptions options)
    {
        FileStream guard = Lock(options.Path);
        SqliteConnection? writer = null;
        try
        {
            writer = Connect(options.Path, SqliteOpenMode.ReadWriteCreate);
            SqliteFile file = new(options, guard, writer);
            file.Prepare();
            return file;
        }
        catch (Exception exception)
        {
            writer?.Dispose();
            guard.Dispose();
            if (exception is SqliteException error)
                throw new StorageException($"{options.Path} cannot be opened as a ledger: {error.Message}", error);
            throw;
        }
    }

    /// <summary>Sets the largest size of the database in bytes; 0 for none.</summary>
    public void LimitSize(long bytes)
    {
        long pages = bytes == 0 ? uint.MaxValue - 1 : bytes / Number("PRAGMA page_size");
        Execute(Writer, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));
    }

    /// <summary>Another connection that only reads.</summary>
    public SqliteConnection OpenReader()
    {
        SqliteConnection reader = Connect(Path, SqliteOpenMode.ReadWrite);
        Execute(reader, "PRAGMA query_only = ON");
        return reader;
    }

    /// <summary>A connection to a ledger that another process may hold, to read only. Throws <see cref="StorageException"/>.</summary>
    public static SqliteConnection OpenForReading(string path)
    {
        if (!File.Exists(path))
            throw new StorageException($"there is no ledger at {path}; check the path");
        try
        {
            SqliteConnection reader = Connect(path, SqliteOpenMode.ReadWrite);
            Execute(reader, "PRAGMA query_only = ON");
            return reader;
        }
        catch (SqliteException exception)
        {
            throw new StorageException($"{path} cannot be read as a ledger: {exception.Message}", exception);
        }
    }

    /// <summary>Runs a statement without results.</summary>
    public static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Writer.Dispose();
        guard.Dispose();
    }

    private static FileStream Lock(string path)
    {
        string lockPath = path + ".lock";
        try
        {
            return new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (exception is DirectoryNotFoundException or UnauthorizedAccessException)
                throw new StorageException($"the ledger {path} cannot be created or locked: {exception.Message}", exception);
            throw new StorageException(
                $"the ledger {path} is in use by another process, which holds {lockPath}; stop that node first ('cocoon status' and 'fuser {lockPath}' "
                + "show it), or give this one another file",
                exception);
        }
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        SqliteConnectionStringBuilder text = new() { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 5 };
        SqliteConnection connection = new(text.ToString());
        connection.Open();
        return connection;
    }

    private void Prepare()
    {
        bool fresh = Number("PRAGMA page_count") == 0;
        if (!fresh && Number("PRAGMA application_id") != ApplicationId)
            throw new StorageException($"{Path} is a database of another program; give the ledger another path");
        if (fresh)
            Execute(Writer, $"PRAGMA page_size = {PageBytes}");
        if (!string.Equals(Text("PRAGMA journal_mode = WAL"), "wal", StringComparison.Ordinal))
            throw new StorageException($"{Path} does not allow a write-ahead log; put the ledger on a local file system");
        Execute(Writer, "PRAGMA synchronous = FULL");
        Execute(Writer, "PRAGMA wal_autocheckpoint = 4096");
        Execute(Writer, string.Create(CultureInfo.InvariantCulture, $"PRAGMA cache_size = -{CacheKibibytes}"));
        if (fresh)
            CreateSchema();
        Refuse();
    }

    // The journal's end, and the pages of the index that one round of indexing touches. Whatever is allowed here gets used: the cache grows
    // with every row written until it is full.
    private const int CacheKibibytes = 16 << 10;

    /// <summary>Size of a database page.</summary>
    internal const int PageBytes = 4096;

    private void CreateSchema()
    {
        using SqliteTransaction transaction = Writer.BeginTransaction();
        Execute(Writer, Schema);
        Execute(Writer, $"PRAGMA application_id = {ApplicationId}");
        Execute(Writer, $"PRAGMA user_version = {SchemaVersion}");
        SetMeta("network", options.Network);
        SetMeta("shards", options.Shards.ToString(CultureInfo.InvariantCulture));
        for (int stream = -1; stream < options.Shards; stream++)
            Execute(Writer, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO stream (stream, epoch) VALUES ({stream}, 0)"));
        transaction.Commit();
    }

    private void Refuse()
    {
        long version = Number("PRAGMA user_version");
        if (version != SchemaVersion)
            throw new StorageException($"{Path} has schema {version}, this version of cocoon writes {SchemaVersion}; run the version that wrote it");
        string network = Meta("network");
        if (!string.Equals(network, options.Network, StringComparison.Ordinal))
            throw new StorageException($"{Path} is a ledger of network '{network}', this node is configured for '{options.Network}'");
        Shards = int.Parse(Meta("shards"), CultureInfo.InvariantCulture);
        if (Shards != options.Shards)
            throw new StorageException($"{Path} was created with {Shards} shards, which cannot change; the configuration says {options.Shards}");
    }

    private void SetMeta(string name, string value)
    {
        using SqliteCommand command = Writer.CreateCommand();
        command.CommandText = "INSERT INTO meta VALUES ($name, $value)";
        command.Parameters.AddWithValue("$name", name);
        command.Parameters.AddWithValue("$value", value);
        command.ExecuteNonQuery();
    }

    private string Meta(string name)
    {
        using SqliteCommand command = Writer.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE name = $name";
        command.Parameters.AddWithValue("$name", name);
        return command.ExecuteScalar() as string ?? throw new StorageException($"{Path} has no '{name}' entry; it is damaged");
    }

    private long Number(string sql) => Convert.ToInt64(Scalar(sql), CultureInfo.InvariantCulture);

    private string? Text(string sql) => Scalar(sql) as string;

    private object? Scalar(string sql)
    {
        using SqliteCommand command = Writer.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
