using Cocoon.Actors.Ports;
using Cocoon.Protocol;

namespace Cocoon.Host.Storage;

/// <content>The lease table of a file that one process holds: epochs are durable, incarnations live as long as the process.</content>
public sealed partial class SqliteJournal
{
    private readonly Dictionary<Incarnation, string> endpoints = [];

    /// <inheritdoc/>
    public TimeSpan Term => TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public async ValueTask<Incarnation> JoinAsync(string endpoint)
    {
        return await WriteAsync(() =>
        {
            using SqliteStatement next = new(
                file.Writer,
                """
                INSERT INTO meta VALUES ('incarnation', '1') ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1
                RETURNING CAST(value AS INTEGER)
                """);
            next.Step();
            Incarnation incarnation = new(next.Int64(0));
            lock (endpoints)
                endpoints.Add(incarnation, endpoint);
            return incarnation;
        });
    }

    /// <inheritdoc/>
    public ValueTask<bool> RenewAsync(Incarnation node)
    {
        lock (endpoints)
            return new(endpoints.ContainsKey(node));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ShardLease>> ClaimAsync(Incarnation node, int limit)
    {
        if (!await RenewAsync(node))
            return [];
        return await WriteAsync(() =>
        {
            using SqliteStatement claim = new(
                file.Writer,
                """
                UPDATE stream SET owner = ?1, epoch = epoch + 1
                WHERE stream IN (SELECT stream FROM stream WHERE owner IS NULL ORDER BY stream LIMIT ?2)
                RETURNING stream, epoch
                """);
            List<ShardLease> leases = [];
            claim.Bind(1, node.Number).Bind(2, limit);
            while (claim.Step())
                leases.Add(new ShardLease(new StreamId((int)claim.Int64(0)), claim.Int64(1)));
            leases.Sort((left, right) => left.Stream.CompareTo(right.Stream));
            return (IReadOnlyList<ShardLease>)leases;
        });
    }

    /// <inheritdoc/>
    public async ValueTask<ShardLease?> RaiseEpochAsync(Incarnation node, ShardLease lease)
    {
        return await WriteAsync(() =>
        {
            using SqliteStatement raise = new(
                file.Writer, "UPDATE stream SET epoch = epoch + 1 WHERE stream = ?1 AND owner = ?2 AND epoch = ?3");
            raise.Bind(1, lease.Stream.Number).Bind(2, node.Number).Bind(3, lease.Epoch).Step();
            return raise.Changes == 1 ? lease with { Epoch = lease.Epoch + 1 } : (ShardLease?)null;
        });
    }

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(Incarnation node, ShardLease lease)
    {
        await WriteAsync(() =>
        {
            using SqliteStatement release = new(
                file.Writer, "UPDATE stream SET owner = NULL WHERE stream = ?1 AND owner = ?2 AND epoch = ?3");
            release.Bind(1, lease.Stream.Number).Bind(2, node.Number).Bind(3, lease.Epoch).Step();
            return true;
        });
    }

    async ValueTask<LeaseTable> IShardLeases.ReadAsync()
    {
        return await WriteAsync(() =>
        {
            using SqliteStatement all = new(file.Writer, "SELECT stream, epoch, owner FROM stream ORDER BY stream");
            List<ShardOwner> owners = [];
            lock (endpoints)
            {
                while (all.Step())
                {
                    Incarnation? owner = all.IsNull(2) ? null : new Incarnation(all.Int64(2));
                    string endpoint = owner is { } known ? endpoints.GetValueOrDefault(known, "") : "";
                    owners.Add(new ShardOwner(new StreamId((int)all.Int64(0)), owner, all.Int64(1), endpoint));
                }

                LiveNode[] nodes = [.. endpoints.OrderBy(entry => entry.Key.Number).Select(entry => new LiveNode(entry.Key, entry.Value))];
                return new LeaseTable(nodes, owners);
            }
        });
    }
}
