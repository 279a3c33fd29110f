using Cocoon.Actors.Payouts;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <summary>
/// The ledger of one stream: admits, settles, transfers. It answers from the state as it stands, and every answer waits until the events
/// it rests on are durable. Run it with <see cref="RestartPolicy.Always"/>: a store that fails comes back.
/// </summary>
public partial class LedgerActor : PersistentActor<LedgerCommand, LedgerEvent, LedgerState>
{
    private readonly Persistence.Persistence persistence;
    private readonly LedgerOptions options;
    private readonly ILedgerRoutes routes;
    private readonly ISignatureVerifier verifier;
    private readonly ReceiptAuthority? receipts;
    private readonly StreamHeads? heads;
    private readonly Reservations reservations = new();

    /// <summary>
    /// An instance for the stream that <paramref name="persistence"/> owns. Without <paramref name="receipts"/> it signs none; with
    /// <paramref name="heads"/> it tells how far it is durable.
    /// </summary>
    public LedgerActor(
        Persistence.Persistence persistence,
        LedgerOptions options,
        ILedgerRoutes routes,
        ISignatureVerifier verifier,
        ReceiptAuthority? receipts = null,
        StreamHeads? heads = null)
        : base(persistence, new LedgerFold(persistence.Ownership.Stream))
    {
        this.persistence = persistence;
        this.options = options;
        this.routes = routes;
        this.verifier = verifier;
        this.receipts = receipts;
        this.heads = heads;
    }

    private StreamId Stream => State.Stream;

    private protected Scope Scope => options.Scope;

    private protected ISignatureVerifier Verifier => verifier;

    private protected LedgerHead Head => new(Stream, DurableSequence, DurableChain);

    private protected long UnixMs => System.Scheduler.UtcNow.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    protected override void OnRecovered()
    {
        StartPeriodicTimer(options.TickPeriod, LedgerTick.Instance);
        ResendOutstanding();
        if (Stream.IsTreasury is false && options.Sweep is { } sweep)
            StartPeriodicTimer(sweep.Period, SweepDue.Instance);
    }

    /// <inheritdoc/>
    protected override void Decide(LedgerCommand command)
    {
        switch (command)
        {
            case Settle settle:
                Decide(settle);
                break;
            case Reserve reserve:
                reserve.Reply.Reply(Admit(reserve));
                break;
            case Release release:
                reservations.Remove(release.Job);
                break;
            case LowerReservation lower:
                reservations.Lower(lower.Job, lower.Amount);
                break;
            case QueryJob query:
                Decide(query);
                break;
            case QueryBalance query:
                Decide(query);
                break;
            case DeliverTransfer delivered:
                Decide(delivered);
                break;
            case TransferArrived arrived:
                Decide(arrived);
                break;
            case LedgerTick:
                Tick();
                break;
            default:
                DecideRare(command);
                break;
        }
    }

    private protected virtual void DecideRare(LedgerCommand command)
    {
        switch (command)
        {
            case OpenAccount open:
                Decide(open);
                break;
            case SetCeiling ceiling:
                Decide(ceiling);
                break;
            case SetPurse purse:
                Decide(purse);
                break;
            case QueryPurses query:
                Decide(query);
                break;
            case QueryBooks query:
                Decide(query);
                break;
            case Credit credit:
                Decide(credit);
                break;
            case StartTransfer transfer:
                Decide(transfer);
                break;
            case SweepEarnings sweep:
                Decide(sweep);
                break;
            case BookEvent record:
                Decide(record);
                break;
            case RegisterWallet register:
                Decide(register);
                break;
            case Withdraw withdraw:
                Decide(withdraw);
                break;
            case TreasuryCommand refused:
                Refuse(refused.Reply, LedgerRefusal.Malformed, NoPayouts);
                break;
            case QueryPayouts query:
                query.Reply.Reply(new PayoutsView([], default, null));
                break;
            case QueryTreasury query:
                query.Reply.Reply(new TreasuryView(PayoutState.Stopped, NoPayouts, [], 0, default, null, [], [], new TreasuryTotals(), null, Head));
                break;
            case SweepDue:
                Sweep(options.Sweep!);
                break;
            case SearchDue:
                isSearching = false;
                Search();
                break;
            case PresentHead head:
                Decide(head);
                break;
            case AcceptLoss loss:
                Decide(loss);
                break;
            default:
                throw new ArgumentException($"the ledger does not know {command.GetType().Name}", nameof(command));
        }
    }

    private protected LedgerEvent NewEvent() => new() { TimeUnixMs = UnixMs };

    private protected void AnswerWhenDurable(ReplyTo<LedgerAnswer> reply) =>
        WhenDurable(() => reply.Reply(new LedgerAnswer(LedgerRefusal.None, "", Head)));

    private protected void Refuse(ReplyTo<LedgerAnswer> reply, LedgerRefusal refusal, string text) =>
        WhenDurable(() => reply.Reply(new LedgerAnswer(refusal, text, Head)));

    // An event that the books rule out leaves them as they were, so trying it is the check.
    private protected bool TryEmit(LedgerEvent ledgerEvent, ReplyTo<LedgerAnswer> reply)
    {
        try
        {
            Emit(ledgerEvent);
            return true;
        }
        catch (LedgerContradictionException exception)
        {
            Refuse(reply, LedgerRefusal.Malformed, exception.Reason);
            return false;
        }
    }

    private void Decide(BookEvent record)
    {
        if (TryEmit(record.Event, record.Reply))
            AnswerWhenDurable(record.Reply);
    }

    private void Decide(PresentHead presented)
    {
        LedgerHead ours = Head;
        Run(async _ =>
        {
            HeadFinding finding = await HeadCheck.CompareAsync(persistence.Journal, ours, presented.Head);
            bool isExcused = State.Losses.Any(loss => LossRecovery.Excuses(loss, presented.Head));
            presented.Reply.Reply(isExcused ? finding with { Verdict = HeadVerdict.Known } : finding);
            if (finding.Verdict != HeadVerdict.Known && !isExcused)
                throw new LedgerForkException(finding);
        });
    }

    private void Tick()
    {
        ResendOutstanding();
        DropOverdue();
        ForgetMinutes();
        ExpireSessions();
    }

    private void ExpireSessions()
    {
        // Once an hour at most: the event touches every account.
        const long hour = 3600;
        long before = (UnixMs / 1000) - (long)options.SessionLifetime.TotalSeconds - hour;
        bool any = before > 0 && before - State.SessionsOpenedBefore >= hour && State.Accounts.Count > 0;
        if (!any)
            return;
        LedgerEvent expired = NewEvent();
        expired.SessionsExpired = new SessionsExpired { OpenedBeforeUnixS = before };
        Emit(expired);
    }

    private protected static Google.Protobuf.ByteString Bytes(Bytes32 value) => Google.Protobuf.ByteString.CopyFrom(value.AsSpan());

    private NanoTon Available(ClientAccount account) => account.Balance - reservations.HeldOf(account.Id);
}

/// <summary>A peer holds a signed head that the journal lacks or contradicts: the stream stops until an operator has looked.</summary>
public sealed class LedgerForkException(HeadFinding finding) : ActorStopException(finding.ToString())
{
    /// <summary>Both sides.</summary>
    public HeadFinding Finding { get; } = finding;
}
