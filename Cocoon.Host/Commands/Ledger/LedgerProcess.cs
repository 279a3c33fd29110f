using System.Security.Cryptography;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Client.Keys;
using Cocoon.Host.Storage;

namespace Cocoon.Host.Commands.Ledger;

/// <summary>A ledger file with its actors, for commands that change it while no node runs.</summary>
internal sealed class LedgerProcess : IActorEvents, IEntropy, IAsyncDisposable
{
    private readonly ThreadPoolScheduler scheduler = new();
    private readonly ActorSystem system;
    private readonly SqliteJournal journal;
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LedgerProcess(SqliteJournal journal)
    {
        this.journal = journal;
        system = new ActorSystem("ledger", scheduler, this, this);
    }

    /// <summary>The file.</summary>
    public SqliteJournal Journal => journal;

    /// <summary>The streams.</summary>
    public WholeLedger Ledger { get; private set; } = null!;

    /// <summary>Opens the file for this process alone. Throws <see cref="StorageException"/>.</summary>
    public static async Task<LedgerProcess> OpenAsync(SqliteOptions file, LedgerKey key, LedgerOptions options, long snapshotEvery = 100_000,
        Func<Actors.Persistence.Persistence, ILedgerRoutes, LedgerActor>? createTreasury = null)
    {
        LedgerProcess process = new(SqliteJournal.Open(file));
        process.Ledger = await WholeLedger.OpenAsync(process.system, process.journal, key, options, new Ed25519Verifier(), snapshotEvery, createTreasury);
        return process;
    }

    /// <summary>Waits for a stream's answer. Throws <see cref="StorageException"/> when a stream had to stop: it will not answer.</summary>
    public async Task<TReply> AnswerAsync<TReply>(ValueTask<TReply> asked)
    {
        Task<TReply> answer = asked.AsTask();
        if (await Task.WhenAny(answer, stopped.Task) != answer)
            await stopped.Task;
        return await answer;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await system.StopAsync();
        await journal.DisposeAsync();
        scheduler.Dispose();
    }

    void IActorEvents.Failed(ActorRef actor, Exception failure, TimeSpan? restartAfter)
    {
        if (restartAfter is null)
            stopped.TrySetException(new StorageException(failure.Message, failure));
        else
            Console.Error.WriteLine($"{actor.Path}: {failure.Message} (tried again)");
    }

    void IActorEvents.Dropped(ActorRef actor, int count)
    {
    }

    void IEntropy.Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
