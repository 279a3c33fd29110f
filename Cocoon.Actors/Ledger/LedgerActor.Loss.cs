using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <content>After the journal lost its end.</content>
public partial class LedgerActor
{
    // So many numbers are skipped in a turn.
    private const int SkipMax = 10_000;

    private void Decide(AcceptLoss loss)
    {
        LedgerHead ours = Head;
        if (loss.Shown.Stream != Stream || loss.Shown.Sequence <= 0)
        {
            Refuse(loss, new HeadFinding(HeadVerdict.Known, loss.Shown, ours), $"{loss.Shown} is no head of {Stream}");
            return;
        }

        Run(async ended =>
        {
            HeadFinding finding = await HeadCheck.CompareAsync(persistence.Journal, ours, loss.Shown);
            ended.ThrowIfCancellationRequested();
            Accept(loss, finding);
        });
    }

    private void Accept(AcceptLoss loss, HeadFinding finding)
    {
        if (finding.Verdict == HeadVerdict.Known)
        {
            Refuse(loss, finding, $"{finding}: nothing is lost");
            return;
        }

        // Only a durable end can be stated: with events under way it is decided again once they are.
        if (DurableSequence != LastSequence)
        {
            WhenDurable(() => Decide(loss));
            return;
        }

        LossRecovery recovery = new(State, loss.Receipts, options.Scope, verifier);
        bool isAccepted = State.Losses.Any(known => LossRecovery.Excuses(known, loss.Shown));
        if (!loss.IsTrial && (!isAccepted || recovery.Settlements.Count > 0))
            Book(loss, recovery);
        int booked = recovery.Settlements.Count;
        void Answer() => loss.Reply.Reply(new LossAnswer("", finding, isAccepted, booked, recovery.PassedOver, recovery.Uncovered, Head));
        if (loss.IsTrial)
            WhenDurable(Answer);
        else
            SkipTo(loss.Shown.Sequence + 1, Answer);
    }

    /// <summary>
    /// Peers keep the newest head by its number, and a client deals with no ledger that does not end after it: the numbers go on behind the lost ones.
    /// </summary>
    private void SkipTo(long sequence, Action then)
    {
        for (int skipped = 0; skipped < SkipMax && LastSequence < sequence; skipped++)
        {
            LedgerEvent skip = NewEvent();
            skip.NumberSkipped = new NumberSkipped();
            Emit(skip);
        }

        if (LastSequence >= sequence)
        {
            WhenDurable(then);
            return;
        }

        WhenDurable(() => Run(_ =>
        {
            SkipTo(sequence, then);
            return ValueTask.CompletedTask;
        }));
    }

    private void Book(AcceptLoss loss, LossRecovery recovery)
    {
        LedgerEvent accepted = NewEvent();
        accepted.LossAccepted = new LossAccepted { Recovered = LossRecovery.HeadOf(Head), Shown = LossRecovery.HeadOf(loss.Shown), Memo = loss.Memo };
        Emit(accepted);
        foreach (Settlement settlement in recovery.Settlements)
        {
            LedgerEvent settled = NewEvent();
            settled.Settlement = settlement;
            Emit(settled);
        }
    }

    private void Refuse(AcceptLoss loss, HeadFinding finding, string why) =>
        WhenDurable(() => loss.Reply.Reply(new LossAnswer(why, finding, false, 0, 0, NanoTon.Zero, Head)));
}

/// <summary>What was booked again after a loss; of a trial, what would be.</summary>
/// <param name="Refusal">Why nothing was done; empty: it was.</param>
/// <param name="Finding">How the journal and the head that was shown differ.</param>
/// <param name="IsAccepted">Whether the loss of that head had been accepted before.</param>
/// <param name="Settlements">Instalments that receipts proved and that are booked again.</param>
/// <param name="PassedOver">Receipts that were booked already, are of another stream, do not verify, or of an account without money.</param>
/// <param name="Uncovered">What receipts prove beyond what their accounts have left: it is lost, and the operator owes it to the workers.</param>
/// <param name="Head">A durable head that contains all that.</param>
public sealed record LossAnswer(
    string Refusal, HeadFinding Finding, bool IsAccepted, int Settlements, int PassedOver, NanoTon Uncovered, LedgerHead Head);
