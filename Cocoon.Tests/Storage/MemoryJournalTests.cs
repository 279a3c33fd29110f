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
        private readonly LosingJournal losing;
        private TimeSpan now;

        public Store()
        {
            StreamId[] streams = [StreamId.Treasury, .. Enumerable.Range(0, 4).Select(StreamId.OfShard)];
            journal = new MemoryJournal(streams, () => now, TimeSpan.FromSeconds(3));
            losing = new LosingJournal(journal);
        }

        public IJournal Journal => losing;

        public ISnapshots Snapshots => journal;

        public IShardLeases Leases => journal;

        public void FailWrites(bool fail) => losing.LosesAnswers = fail;

        public Task LetNodesDieAsync()
        {
            now += journal.Term;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => default;
    }

    /// <summary>Writes, and on demand says nothing about it: the worst kind of Unknown, since the batch is there.</summary>
    private sealed class LosingJournal(IJournal journal) : IJournal
    {
        public bool LosesAnswers { get; set; }

        public async ValueTask<AppendOutcome> AppendAsync(JournalBatch batch)
        {
            AppendOutcome outcome = await journal.AppendAsync(batch);
            return LosesAnswers ? AppendOutcome.Unknown : outcome;
        }

        public ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes)
            => journal.ReadAsync(stream, afterSequence, maxBytes);
    }
}
