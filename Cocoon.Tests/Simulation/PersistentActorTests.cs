using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Simulation.Storage;

namespace Cocoon.Tests.Simulation;

public sealed class PersistentActorTests
{
    private static readonly StreamId Stream = StreamId.OfShard(0);
    private static readonly LedgerKey Key = new(new byte[32]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsDurableIsAnsweredAndFoundAgain(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ScriptedStore store = new();
        Tally tally = await Tally.StartAsync(harness, store);
        for (int i = 1; i <= 20; i++)
            tally.Send(i);
        await harness.UntilAsync(() => tally.Answers.Count == 20);
        Tally again = await Tally.StartAsync(harness, store);
        await harness.UntilAsync(() => again.Recovered is not null);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), again.Recovered);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ABatchCarriesWhatCameWhileOneWasOut(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ScriptedStore store = new() { Hold = true };
        Tally tally = await Tally.StartAsync(harness, store);
        tally.Send(1);
        await harness.UntilAsync(() => store.Appends == 1);
        for (int i = 2; i <= 9; i++)
            tally.Send(i);
        await harness.PassAsync(TimeSpan.FromMilliseconds(20));
        Assert.Empty(tally.Answers);
        store.Release();
        await harness.UntilAsync(() => tally.Answers.Count == 9);
        Assert.Equal(2, store.Appends);
        Assert.Equal(1, tally.Recoveries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FencedStopsTheActorAndDropsItsEffects(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ScriptedStore store = new();
        Tally tally = await Tally.StartAsync(harness, store);
        store.Next.Enqueue(Step.Say(AppendOutcome.Fenced));
        tally.Send(1);
        await harness.UntilAsync(() => harness.Failures.Count == 1);
        await harness.PassAsync(TimeSpan.FromMilliseconds(20));
        Assert.IsType<StreamFencedException>(harness.Failures[0].Failure);
        Assert.Empty(tally.Answers);
        Assert.Equal(Delivery.Stopped, tally.Actor.Tell(new TallyCommand(2, default)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ConflictRecoversUnderTheSameEpoch(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ScriptedStore store = new();
        Tally tally = await Tally.StartAsync(harness, store);
        store.Next.Enqueue(Step.Say(AppendOutcome.Conflict));
        tally.Send(1);
        await harness.UntilAsync(() => tally.Recoveries == 2);
        Assert.Empty(tally.Answers);
        tally.Send(1);
        await harness.UntilAsync(() => tally.Answers.Count == 1);
        Assert.Equal(1, store.EpochOf(Stream));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task UnknownRaisesTheEpochBeforeItReads(bool simulated, bool landed)
    {
        using RuntimeHarness harness = new(simulated);
        ScriptedStore store = new();
        Tally tally = await Tally.StartAsync(harness, store);
        store.Next.Enqueue(landed ? Step.LandUnknown : Step.Say(AppendOutcome.Unknown));
        tally.Send(1);
        await harness.UntilAsync(() => tally.Recoveries == 2);
        Assert.Equal(2, store.EpochOf(Stream));
        Assert.Equal(landed ? [1L] : Array.Empty<long>(), tally.Recovered);
        Assert.Empty(tally.Answers);
        tally.Send(1);
        await harness.UntilAsync(() => tally.Answers.Count == 1);
        Assert.Equal(landed ? "raise,read,read" : "raise,read", store.Order);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFailureWhileAWriteIsOutRaisesTheEpochToo(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ScriptedStore store = new() { Hold = true };
        Tally tally = await Tally.StartAsync(harness, store);
        tally.Send(1);
        await harness.UntilAsync(() => store.Appends == 1);
        tally.Send(TallyCommand.Poison);
        await harness.UntilAsync(() => tally.Recoveries == 2);
        Assert.Equal(2, store.EpochOf(Stream));

        // The write of the instance that died lands now, under the epoch that was raised away.
        store.Release();
        await harness.PassAsync(TimeSpan.FromMilliseconds(20));
        tally.Send(2);
        await harness.UntilAsync(() => tally.Answers.Count == 1);
        Assert.Equal([2L], tally.Answers);
        Tally again = await Tally.StartAsync(harness, store);
        await harness.UntilAsync(() => again.Recovered is not null);
        Assert.Equal([2L], again.Recovered);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ASnapshotIsTakenOnlyOfWhatIsDurableAndShortensRecovery(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ScriptedStore store = new();
        Tally tally = await Tally.StartAsync(harness, store, snapshotEvery: 4);
        for (int i = 1; i <= 40; i++)
            tally.Send(i);
        await harness.UntilAsync(() => tally.Answers.Count == 40 && store.Snapshots > 0);
        Assert.All(store.SavedSequences, sequence => Assert.True(sequence.Snapshot <= sequence.Journal));
        Tally again = await Tally.StartAsync(harness, store, snapshotEvery: 4);
        await harness.UntilAsync(() => again.Recovered is not null);
        Assert.Equal(40, again.Recovered!.Count);
    }

    /// <summary>The store answers at once, so that effects which emit run while the snapshot's own batch is being sent.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ASnapshotHasTheChainOfItsOwnEvent(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ScriptedStore store = new();
        Tally tally = await Tally.StartAsync(harness, store, snapshotEvery: 2);
        tally.Send(1, followers: 29);
        await harness.UntilAsync(() => tally.Answers.Count == 30 && store.Saved.Count > 0);
        Dictionary<long, Bytes32> chains = (await store.ReadAsync(Stream, 0, int.MaxValue)).ToDictionary(batch => batch.LastSequence, batch => batch.Chain);
        Assert.All(store.Saved, snapshot => Assert.Equal(chains[snapshot.Sequence], snapshot.Chain));
        Tally again = await Tally.StartAsync(harness, store, snapshotEvery: 2);
        await harness.UntilAsync(() => again.Recovered is not null);
        Assert.Equal(30, again.Recovered!.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AJournalOfAnotherKeyStopsTheStream(bool simulated)
    {
        using RuntimeHarness harness = new(simulated);
        ScriptedStore store = new();
        Tally tally = await Tally.StartAsync(harness, store);
        tally.Send(1);
        await harness.UntilAsync(() => tally.Answers.Count == 1);
        byte[] other = new byte[32];
        other[0] = 1;
        await Tally.StartAsync(harness, store, key: new LedgerKey(other));
        await harness.UntilAsync(() => harness.Failures.Count == 1);
        Assert.IsType<StreamCorruptException>(harness.Failures[0].Failure);
        Assert.Null(harness.Failures[0].RestartAfter);
    }

    /// <summary>One tally actor and what it said.</summary>
    private sealed class Tally : IReplySink<long>
    {
        private readonly Lock gate = new();
        private readonly List<long> answers = [];
        private ActorRef<TallyCommand>? actor;

        public ActorRef<TallyCommand> Actor => actor!;

        public volatile IReadOnlyList<long>? Recovered;

        public volatile int Recoveries;

        public IReadOnlyList<long> Answers
        {
            get
            {
                lock (gate)
                    return [.. answers];
            }
        }

        public static async Task<Tally> StartAsync(RuntimeHarness harness, ScriptedStore store, long snapshotEvery = 1000, LedgerKey? key = null)
        {
            Incarnation node = await store.JoinAsync("here");
            ShardLease lease = store.EpochOf(Stream) == 0
                ? (await store.ClaimAsync(node, 1))[0]
                : new ShardLease(Stream, store.EpochOf(Stream));
            Persistence persistence = new(store, store, new StreamOwnership(store, node, lease), key ?? Key, snapshotEvery);
            Tally tally = new();
            tally.actor = harness.System.Spawn<TallyCommand>("tally", () => new TallyActor(persistence, tally.OnRecovered));
            if (key is null)
                await harness.UntilAsync(() => tally.Recoveries == 1);
            store.ClearOrder();
            return tally;
        }

        public void Send(long number, int followers = 0) => Actor.Tell(new TallyCommand(number, new ReplyTo<long>(this, 0), followers));

        void IReplySink<long>.Reply(long ticket, long reply)
        {
            lock (gate)
                answers.Add(reply);
        }

        private void OnRecovered(TallyActor actor)
        {
            Recovered = [.. actor.Numbers];
            Recoveries++;
        }
    }

    private sealed record Step(bool Lands, AppendOutcome? Answer)
    {
        public static readonly Step LandUnknown = new(true, AppendOutcome.Unknown);

        public static Step Say(AppendOutcome outcome) => new(false, outcome);
    }

    /// <summary>A correct store that answers appends as a test says.</summary>
    private sealed class ScriptedStore : IJournal, ISnapshots, IShardLeases
    {
        private readonly MemoryJournal tables = new([Stream], () => TimeSpan.Zero, TimeSpan.FromSeconds(3));
        private readonly Lock gate = new();
        private readonly List<string> order = [];
        private readonly List<(JournalBatch Batch, TaskCompletionSource<AppendOutcome> Answer)> waiting = [];

        public Queue<Step> Next { get; } = new();

        public bool Hold { get; set; }

        public int Appends { get; private set; }

        public int Snapshots => Saved.Count;

        public List<Snapshot> Saved { get; } = [];

        public List<(long Snapshot, long Journal)> SavedSequences { get; } = [];

        public string Order => string.Join(',', order);

        public TimeSpan Term => tables.Term;

        public void ClearOrder() => order.Clear();

        public long EpochOf(StreamId stream) => tables.ReadAsync().AsTask().Result.Streams.Single(owner => owner.Stream == stream).Epoch;

        public void Release()
        {
            lock (gate)
            {
                Hold = false;
                foreach ((JournalBatch batch, TaskCompletionSource<AppendOutcome> answer) in waiting)
                    answer.SetResult(tables.AppendAsync(batch).AsTask().Result);
                waiting.Clear();
            }
        }

        public ValueTask<AppendOutcome> AppendAsync(JournalBatch batch)
        {
            lock (gate)
            {
                Appends++;
                if (Hold)
                {
                    TaskCompletionSource<AppendOutcome> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    waiting.Add((batch, answer));
                    return new(answer.Task);
                }

                if (!Next.TryDequeue(out Step? step))
                    return tables.AppendAsync(batch);
                if (step.Lands)
                    Assert.Equal(AppendOutcome.Durable, tables.AppendAsync(batch).AsTask().Result);
                return new(step.Answer!.Value);
            }
        }

        public ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes)
        {
            lock (gate)
            {
                order.Add("read");
                return tables.ReadAsync(stream, afterSequence, maxBytes);
            }
        }

        public ValueTask<bool> SaveAsync(Snapshot snapshot)
        {
            lock (gate)
            {
                Saved.Add(snapshot);
                SavedSequences.Add((snapshot.Sequence, tables.ReadAsync(Stream, 0, int.MaxValue).AsTask().Result[^1].LastSequence));
                return tables.SaveAsync(snapshot);
            }
        }

        public ValueTask<Snapshot?> LoadAsync(StreamId stream) => tables.LoadAsync(stream);

        public ValueTask<Incarnation> JoinAsync(string endpoint) => tables.JoinAsync(endpoint);

        public ValueTask<bool> RenewAsync(Incarnation node) => tables.RenewAsync(node);

        public ValueTask<IReadOnlyList<ShardLease>> ClaimAsync(Incarnation node, int limit) => tables.ClaimAsync(node, limit);

        public ValueTask<ShardLease?> RaiseEpochAsync(Incarnation node, ShardLease lease)
        {
            lock (gate)
            {
                order.Add("raise");
                return tables.RaiseEpochAsync(node, lease);
            }
        }

        public ValueTask ReleaseAsync(Incarnation node, ShardLease lease) => tables.ReleaseAsync(node, lease);

        public ValueTask<LeaseTable> ReadAsync() => tables.ReadAsync();
    }
}
