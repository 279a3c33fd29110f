using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Host.Commands.Ledger;
using Cocoon.Host.Storage;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;

namespace Cocoon.Host.Treasury;

/// <summary>The treasury's stream as its file tells it, every hash and MAC checked on the way. Works beside a running node.</summary>
/// <param name="State">The books at the last event.</param>
/// <param name="Head">The last event.</param>
/// <param name="Events">Everything that concerns the chain, in order.</param>
internal sealed record TreasuryJournal(LedgerState State, LedgerHead Head, IReadOnlyList<LedgerEvent> Events)
{
    public TreasuryState Treasury => State.Treasury ?? throw new InvalidOperationException("the treasury's stream has a treasury");

    /// <summary>Reads it. Throws <see cref="StorageException"/> with what is wrong.</summary>
    public static TreasuryJournal Read(string path, LedgerKey key)
    {
        List<LedgerEvent> events = [];
        using LedgerInspection file = LedgerInspection.Open(path);
        LedgerAudit audit = new(file.Reader, key)
        {
            Each = (_, _, ledgerEvent) =>
            {
                if (ConcernsChain(ledgerEvent))
                    events.Add(ledgerEvent);
            },
        };
        StreamAudit found = audit.Read(StreamId.Treasury);
        return found.Problem is { } problem
            ? throw new StorageException($"{path}: {problem}")
            : new TreasuryJournal(found.State, found.Head, events);
    }

    private static bool ConcernsChain(LedgerEvent ledgerEvent) => ledgerEvent.KindCase is not
        (LedgerEvent.KindOneofCase.TransferIn or LedgerEvent.KindOneofCase.TransferOut or LedgerEvent.KindOneofCase.TransferAcknowledged);
}
