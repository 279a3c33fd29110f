using Cocoon.Protocol;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Kind = Cocoon.Protocol.Journal.LedgerEvent.KindOneofCase;

namespace Cocoon.Actors.Ledger;

// What events say beyond their postings: first what must hold before them, then what they leave behind.
public sealed partial class LedgerState
{
    private void CheckFacts(LedgerEvent ledgerEvent)
    {
        switch (ledgerEvent.KindCase)
        {
            case Kind.TransferOut:
                TransferOut sent = ledgerEvent.TransferOut;
                peers.TryGetValue(new StreamId(sent.To), out TransferPeer? receiver);
                CheckNext("transfer", sent.Number, receiver?.LastSent ?? 0);
                CheckPositive(sent.Amount);
                break;
            case Kind.TransferIn:
                TransferIn received = ledgerEvent.TransferIn;
                peers.TryGetValue(new StreamId(received.From), out TransferPeer? sender);
                CheckNext("transfer", received.Number, sender?.LastReceived ?? 0);
                CheckPositive(received.Amount);
                break;
            case Kind.TransferAcknowledged:
                CheckAcknowledged(ledgerEvent.TransferAcknowledged);
                break;
            case Kind.HedgePaid:
                CheckPositive(ledgerEvent.HedgePaid.Amount);
                break;
            case Kind.OperatorCredited:
                CheckPositive(ledgerEvent.OperatorCredited.Amount);
                if (HasCredit(AccountIdOf(ledgerEvent.OperatorCredited.Account), ledgerEvent.OperatorCredited.Reference))
                    throw Contradiction($"credits reference '{ledgerEvent.OperatorCredited.Reference}' again");
                break;
            case Kind.CeilingSet:
                CheckCeiling(ledgerEvent.CeilingSet);
                break;
            case Kind.EraClosed:
                CheckNext("era", ledgerEvent.EraClosed.Era, Era);
                break;
            case Kind.WalletRegistered or Kind.PayoutAddressSet:
                CheckAddress(ledgerEvent);
                break;
            case Kind.LossAccepted:
                if (ledgerEvent.LossAccepted.Recovered is not { } recovered || recovered.Stream != Stream.Number || recovered.Sequence != Sequence)
                    throw Contradiction("a loss is accepted at the stream's end");
                break;
            case Kind.SessionsExpired:
                if (ledgerEvent.SessionsExpired.OpenedBeforeUnixS < SessionsOpenedBefore)
                    throw Contradiction("sessions once expired stay so");
                break;
            default:
                CheckTreasuryFacts(ledgerEvent);
                break;
        }
    }

    private void CheckNext(string what, long number, long last)
    {
        if (number != last + 1)
            throw Contradiction($"{what} number {number} does not follow {last}");
    }

    private void CheckPositive(long amount)
    {
        if (amount <= 0)
            throw Contradiction($"an amount of {amount} nanoTON is not above zero");
    }

    private void CheckAcknowledged(TransferAcknowledged arrived)
    {
        if (!peers.TryGetValue(new StreamId(arrived.To), out TransferPeer? peer) || arrived.Number > peer.LastSent)
            throw Contradiction($"acknowledges transfer {arrived.Number} to {new StreamId(arrived.To)}, which was never sent");
        long cleared = 0;
        foreach (TransferOut transfer in peer.Queue)
        {
            if (transfer.Number <= arrived.Number)
                cleared += transfer.Amount;
        }

        if (cleared == 0 || cleared != arrived.Amount)
            throw Contradiction($"acknowledges {arrived.Amount} nanoTON where {cleared} were outstanding up to transfer {arrived.Number}");
    }

    private void CheckAddress(LedgerEvent ledgerEvent)
    {
        (Google.Protobuf.ByteString address, long sequence, long? known) = ledgerEvent.KindCase == Kind.WalletRegistered
            ? (ledgerEvent.WalletRegistered.Address, ledgerEvent.WalletRegistered.Sequence, WalletSequence(ledgerEvent.WalletRegistered.Account))
            : (ledgerEvent.PayoutAddressSet.Address, ledgerEvent.PayoutAddressSet.Sequence, AddressSequence(ledgerEvent.PayoutAddressSet.Worker));
        if (!WalletAddress.TryRead(address.Span, out _))
            throw Contradiction("an address is 36 bytes with the right checksum");
        if (sequence <= known)
            throw Contradiction($"address {sequence} does not follow {known}");
    }

    private long? WalletSequence(Google.Protobuf.ByteString account) =>
        accounts.TryGetValue(AccountIdOf(account), out ClientAccount? known) ? known.Wallet?.Sequence : null;

    private long? AddressSequence(Google.Protobuf.ByteString worker) =>
        workers.TryGetValue(KeyOf(worker), out WorkerAccount? known) ? (known.PendingAddress ?? known.Address)?.Sequence : null;

    private void CheckCeiling(CeilingSet ceiling)
    {
        if (ceiling.Amount < 0)
            throw Contradiction($"a ceiling of {ceiling.Amount} nanoTON is below zero");
        if (accounts.TryGetValue(AccountIdOf(ceiling.Account), out ClientAccount? account)
            && account.Ceiling is { } known && ceiling.Sequence <= known.Sequence)
        {
            throw Contradiction($"ceiling {ceiling.Sequence} does not follow {known.Sequence}");
        }
    }

    private void RecordFacts(LedgerEvent ledgerEvent)
    {
        switch (ledgerEvent.KindCase)
        {
            case Kind.TransferOut:
                RecordSent(ledgerEvent.TransferOut);
                break;
            case Kind.TransferIn:
                Peer(new StreamId(ledgerEvent.TransferIn.From)).LastReceived = ledgerEvent.TransferIn.Number;
                break;
            case Kind.TransferAcknowledged:
                Queue<TransferOut> queue = Peer(new StreamId(ledgerEvent.TransferAcknowledged.To)).Queue;
                while (queue.TryPeek(out TransferOut? first) && first.Number <= ledgerEvent.TransferAcknowledged.Number)
                    queue.Dequeue();
                break;
            case Kind.AccountOpened:
                Account(AccountIdOf(ledgerEvent.AccountOpened.Account)).Key = KeyOf(ledgerEvent.AccountOpened.Key);
                break;
            case Kind.CeilingSet:
                Account(AccountIdOf(ledgerEvent.CeilingSet.Account)).Ceiling = ledgerEvent.CeilingSet;
                break;
            case Kind.PurseSet:
                RecordPurse(ledgerEvent.PurseSet);
                break;
            case Kind.OperatorCredited:
                if (ledgerEvent.OperatorCredited.Reference.Length > 0)
                    Account(AccountIdOf(ledgerEvent.OperatorCredited.Account)).CreditReferences.Add(ledgerEvent.OperatorCredited.Reference);
                break;
            case Kind.WalletRegistered:
                ClientAccount owner = Account(AccountIdOf(ledgerEvent.WalletRegistered.Account));
                Treasury?.Registered(owner.Id, owner.Wallet, ledgerEvent.WalletRegistered);
                owner.Wallet = ledgerEvent.WalletRegistered;
                break;
            case Kind.LossAccepted:
                losses.Add(ledgerEvent.LossAccepted);
                break;
            case Kind.SessionsExpired:
                ExpireSessions(ledgerEvent.SessionsExpired.OpenedBeforeUnixS);
                break;
            case Kind.PayoutAddressSet:
                RecordPayoutAddress(ledgerEvent.PayoutAddressSet, ledgerEvent.TimeUnixMs);
                break;
            case Kind.EraClosed:
                Era = ledgerEvent.EraClosed.Era;
                Treasury?.CloseEra();
                break;
            default:
                Treasury?.Record(ledgerEvent);
                break;
        }
    }

    private void RecordSent(TransferOut sent)
    {
        TransferPeer peer = Peer(new StreamId(sent.To));
        peer.LastSent = sent.Number;
        peer.Queue.Enqueue(sent);
        if (sent.Request > 0)
            Account(AccountIdOf(sent.Kind == TransferKind.Lane ? sent.Source : sent.Beneficiary)).Request = sent.Request;
    }

    private void RecordPurse(PurseSet terms)
    {
        SortedList<ulong, Purse> purses = Account(AccountIdOf(terms.Account)).Purses;
        if (purses.TryGetValue(terms.Purse, out Purse? purse))
            purse.Terms = terms;
        else
            purses.Add(terms.Purse, new Purse(terms, default));
    }

    private void RecordPayoutAddress(PayoutAddressSet address, long timeUnixMs)
    {
        WorkerAccount worker = Worker(KeyOf(address.Worker));
        if (worker.PendingAddress is { } pending && pending.EffectiveUnixMs <= timeUnixMs)
            worker.Address = pending;
        if (worker.Address is null || address.EffectiveUnixMs <= timeUnixMs)
        {
            worker.Address = address;
            worker.PendingAddress = null;
        }
        else
        {
            worker.PendingAddress = address;
        }
    }

    private void ExpireSessions(long openedBefore)
    {
        SessionsOpenedBefore = openedBefore;
        ulong first = SessionId.Open(openedBefore, 0).Value;
        foreach (ClientAccount account in accounts.Values)
        {
            while (account.Sessions.Count > 0 && account.Sessions.GetKeyAtIndex(0) < first)
                account.Sessions.RemoveAt(0);
        }
    }
}
