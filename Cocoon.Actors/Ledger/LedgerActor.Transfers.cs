using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <content>
/// Money between streams in two steps. The sender's half is in transit from the first event; it is sent again until the receiver's half
/// is durable and acknowledged. Numbers rise by one per pair, so that neither a repeated nor an overtaking message moves money.
/// </content>
public partial class LedgerActor
{
    // What one resend carries; more follows the acknowledgement.
    private const int ResendMax = 64;

    private void Decide(StartTransfer start)
    {
        TransferOut transfer = start.Transfer.Clone();
        transfer.To = start.To.Number;
        transfer.Number = NextNumber(start.To);
        if (Shortfall(transfer) is { } problem)
        {
            Refuse(start.Reply, LedgerRefusal.InsufficientBalance, problem);
            return;
        }

        LedgerEvent sent = NewEvent();
        sent.TransferOut = transfer;
        if (!TryEmit(sent, start.Reply))
            return;
        WhenDurable(() => routes.Deliver(Stream, start.To, transfer));
        AnswerWhenDurable(start.Reply);
    }

    private long NextNumber(StreamId to) => (State.TryGetPeer(to, out TransferPeer? peer) ? peer.LastSent : 0) + 1;

    // Reserved money stays: the jobs it is held for are running.
    private string? Shortfall(TransferOut transfer)
    {
        Google.Protobuf.ByteString payer = transfer.Kind == TransferKind.Lane ? transfer.Source : transfer.Beneficiary;
        bool fromAccount = transfer.Kind is TransferKind.Lane or TransferKind.Withdrawal;
        if (!fromAccount || payer.Length != Bytes32.Length)
            return null;
        AccountId id = new(Bytes32.From(payer.Span));
        if (!State.TryGetAccount(id, out ClientAccount? account))
            return $"account {id} has no money here";
        if (transfer.Request > 0 && transfer.Request <= account.Request)
            return $"request {transfer.Request} of account {id} was taken already, or overtaken by {account.Request}";
        NanoTon free = Available(account);
        return new NanoTon(transfer.Amount) > free ? $"{new NanoTon(transfer.Amount)} is more than the {free} that is not reserved" : null;
    }

    private void Decide(SweepEarnings sweep)
    {
        SendEarnings(sweep.Threshold, sweep.OlderThan);
        AnswerWhenDurable(sweep.Reply);
    }

    private void Sweep(SweepOptions sweep)
    {
        SendEarnings(sweep.Threshold, sweep.Age);

        // Hedges were paid to workers out of the operator's own money: that much of the commission stays to cover them.
        NanoTon commission = State.Total(BookKind.Commission) + State.Total(BookKind.Hedges);
        if (commission >= sweep.CommissionThreshold)
            SendToTreasury(TransferKind.Commission, commission, default);
    }

    private void SendEarnings(NanoTon threshold, TimeSpan age)
    {
        long oldest = UnixMs - (long)age.TotalMilliseconds;
        List<WorkerAccount> due = [];
        foreach (WorkerAccount worker in State.Workers)
        {
            bool isDue = worker.Balance >= threshold || worker.SinceUnixMs <= oldest;
            if (worker.Balance > NanoTon.Zero && isDue)
                due.Add(worker);
        }

        due.Sort((left, right) => left.Id.CompareTo(right.Id));
        foreach (WorkerAccount worker in due)
            SendToTreasury(TransferKind.Earnings, worker.Balance, worker.Id);
    }

    private void SendToTreasury(TransferKind kind, NanoTon amount, PublicKey? worker) => Send(StreamId.Treasury, new TransferOut
    {
        Kind = kind,
        Amount = amount.Value,
        Beneficiary = worker is { } id ? Bytes(id.Value) : Google.Protobuf.ByteString.Empty,
    });

    /// <summary>Emits step one of a transfer that the books allow, and delivers it once it is durable.</summary>
    private protected void Send(StreamId to, TransferOut transfer)
    {
        transfer.To = to.Number;
        transfer.Number = NextNumber(to);
        LedgerEvent sent = NewEvent();
        sent.TransferOut = transfer;
        Emit(sent);
        WhenDurable(() => routes.Deliver(Stream, to, transfer));
    }

    private void Decide(DeliverTransfer delivered)
    {
        long last = State.TryGetPeer(delivered.From, out TransferPeer? peer) ? peer.LastReceived : 0;
        TransferOut transfer = delivered.Transfer;
        // One that overtook another comes again, in order, with the sender's next resend.
        if (transfer.Number > last + 1 || transfer.To != Stream.Number)
            return;
        if (transfer.Number == last + 1)
        {
            Take(delivered.From, transfer);
            last++;
        }

        long received = last;
        WhenDurable(() => routes.Acknowledge(delivered.From, Stream, received));
    }

    private void Take(StreamId from, TransferOut transfer)
    {
        LedgerEvent received = NewEvent();
        received.TransferIn = new TransferIn
        {
            From = from.Number,
            Number = transfer.Number,
            Kind = transfer.Kind,
            Amount = transfer.Amount,
            Beneficiary = transfer.Beneficiary,
            Destination = transfer.Destination,
        };
        Emit(received);
        OnReceived(received.TransferIn);
    }

    /// <summary>Money has come from another stream, in the same turn and batch: what follows is durable with it.</summary>
    private protected virtual void OnReceived(TransferIn received)
    {
        if (State.Treasury is not { } treasury || received.Kind != TransferKind.Withdrawal)
            return;
        LedgerEvent requested = NewEvent();
        requested.PayoutRequested = new PayoutRequested
        {
            Payout = treasury.LastPayout + 1,
            Kind = PayoutKind.Withdrawal,
            Beneficiary = received.Beneficiary,
            Destination = received.Destination,
            Amount = received.Amount,
        };
        Emit(requested);
    }

    private void Decide(TransferArrived arrived)
    {
        if (!State.TryGetPeer(arrived.Receiver, out TransferPeer? peer))
            return;
        long amount = 0;
        long number = 0;
        foreach (TransferOut transfer in peer.Outstanding)
        {
            if (transfer.Number > arrived.Number)
                break;
            amount += transfer.Amount;
            number = transfer.Number;
        }

        if (number == 0)
            return;
        LedgerEvent acknowledged = NewEvent();
        acknowledged.TransferAcknowledged = new TransferAcknowledged { To = arrived.Receiver.Number, Number = number, Amount = amount };
        Emit(acknowledged);
    }

    private void ResendOutstanding()
    {
        foreach (TransferPeer peer in State.Peers)
        {
            if (peer.Outstanding.Count == 0)
                continue;
            TransferOut[] oldest = [.. peer.Outstanding.Take(ResendMax)];
            StreamId to = peer.Stream;
            WhenDurable(() =>
            {
                foreach (TransferOut transfer in oldest)
                    routes.Deliver(Stream, to, transfer);
            });
        }
    }
}
