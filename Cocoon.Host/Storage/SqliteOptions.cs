namespace Cocoon.Host.Storage;

/// <summary>How a ledger file is opened.</summary>
/// <param name="Path">The database file; <c>.lock</c>, <c>-wal</c> and <c>-shm</c> lie beside it.</param>
/// <param name="Network">The network's id: a file of another network is refused.</param>
/// <param name="Shards">Number of logical shards, fixed when the file is created; default 256.</param>
public sealed record SqliteOptions(string Path, string Network, int Shards = 256);
