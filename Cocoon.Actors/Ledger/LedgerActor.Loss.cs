using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <content>After the journal lost its end.</content>
public partial class LedgerActor
{
    private void Decide(AcceptLoss loss)
    {
        if (loss.Shown.Stream != Stream || loss.Shown.Sequence <= LastSequence)
        {
            string why = $"the journal of {Stream} ends with event {LastSequence}, {loss.Shown} is not beyond it: nothing is lost";
            WhenDurable(() => loss.Reply.Reply(new LossAnswer(why, 0, 0, NanoTon.Zero, Head)));
            return;
        }

        // Only a durable end can be stated: with events under way the operator tries again.
        if (DurableSequence != LastSequence)
        {
            WhenDurable(() => loss.Reply.Reply(new LossAnswer($"{Stream} is being written; stop its load and try again", 0, 0, NanoTon.Zero, Head)));
            return;
        }

        LedgerEvent accepted = NewEvent();
        accepted.LossAccepted = new LossAccepted { Recovered = LossRecovery.HeadOf(Head), Shown = LossRecovery.HeadOf(loss.Shown), Memo = loss.Memo };
        LossRecovery recovery = new(State, loss.Receipts, options.Scope, verifier);
        Emit(accepted);
        foreach (Settlement settlement in recovery.Settlements)
        {
            LedgerEvent settled = NewEvent();
            settled.Settlement = settlement;
            Emit(settled);
        }

        int booked = recovery.Settlements.Count;
        WhenDurable(() => loss.Reply.Reply(new LossAnswer("", booked, recovery.PassedOver, recovery.Uncovered, Head)));
    }
}

/// <summary>What was booked again after a loss.</summary>
/// <param name="Refusal">Why nothing was done; empty: it was.</param>
/// <param name="Settlements">Instalments that receipts proved and that are booked again.</param>
/// <param name="PassedOver">Receipts that were booked already, are of another stream, or do not verify.</param>
/// <param name="Uncovered">What receipts prove beyond what their accounts have left: it is lost, and the operator owes it to the workers.</param>
/// <param name="Head">A durable head that contains all that.</param>
public sealed record LossAnswer(string Refusal, int Settlements, int PassedOver, NanoTon Uncovered, LedgerHead Head);
