using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Simulation.Storage;

namespace Cocoon.Tests.Storage;

public class MemoryJournalTests : JournalSuite
{
    protected override Task<IJournalStore> CreateAsync() => Task.FromResult<IJournalStore>(new Store());

    private sealed class Store : IJournalStore
    {
        private readonly MemoryJournal journal;
        private TimeSpan now;

        public Store()
        {
            StreamId[] streams = [StreamId.Treasury, .. Enumerable.Range(0, 4).Select(StreamId.OfShard)];
            journal = new MemoryJournal(streams, () => now, TimeSpan.FromSeconds(3));
        }

        public IJournal Journal => journal;

        public ISnapshots Snapshots => journal;

        public IShardLeases Leases => journal;

        public bool CanFailWrites => false;

        public void FailWrites(bool fail) => throw new NotSupportedException();

        public Task LetNodesDieAsync()
        {
            now += journal.Term;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => default;
    }
}
