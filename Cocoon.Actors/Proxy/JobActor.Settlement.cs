using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <content>Money: instalments while it runs, one settlement at its end, and the last word to the client when that is durable.</content>
internal sealed partial class JobActor
{
    private static readonly TimeSpan SettleRetry = TimeSpan.FromSeconds(1);
    private ActorTimer? instalments;
    private ActorTimer? settleAgain;
    private Settle? settling;
    private int instalment;
    private NanoTon settledTotal;

    // What the last settlement asked for; less was settled where the account had less.
    private NanoTon askedTotal;
    private Receipt? settledReceipt;
    private TimeSpan settleUntil;
    private JobEnd end;
    private JobError? endError;
    private Google.Protobuf.IMessage? lastWord;
    private JobAttempt? loser;

    private void LowerReservation()
    {
        NanoTon atPrice = winner!.Terms.Reservation(request.PromptBound, [.. request.Media], outputMax, request.Choices);
        shard.TellControl(new ProxyMessage.ToLedger(new LowerReservation(request.Id, atPrice)));
    }

    private void StartInstalments() => instalments = StartPeriodicTimer(context.Settings.InstalmentPeriod, new JobMessage.InstalmentDue());

    private void SettleWhenDear()
    {
        if (settling is null && stage == Stage.Running && Price() - askedTotal >= context.Settings.InstalmentAmount)
            SettleInstalment();
    }

    private void SettleInstalment()
    {
        if (settling is null && stage == Stage.Running && winner is not null && Price() > askedTotal)
            SendSettle(final: false);
    }

    private NanoTon Price() => winner!.Terms.Price(relayedUsage.Amounts);

    /// <summary>Stops the workers; charges what was relayed, if anything was.</summary>
    private void Abort(JobErrorCode code, string reason, JobEnd why, JobError? told = null)
    {
        if (stage is Stage.Settling or Stage.Over)
            return;
        endError = told ?? new JobError { Code = code, Reason = reason };
        if (winner is null || relayedUsage.Count == 0)
        {
            Finish(endError);
            return;
        }

        SettleFinal(why);
    }

    private void SettleFinal(JobEnd why)
    {
        ReleaseAll();
        stage = Stage.Settling;
        end = why;
        settleUntil = Now + context.Settings.SettleFor;
        // An instalment that is still on its way comes first: instalments are numbered without gaps.
        if (settling is null)
            SendSettle(final: true);
    }

    private void SendSettle(bool final)
    {
        instalment++;
        askedTotal = Price();
        settling = new Settle(
            request.Id, instalment, final, winner!.Worker, request.Model, winner.Terms, relayedUsage.Amounts.ToArray(), SettleReply(instalment))
        {
            Purse = request.Purse,
            End = final ? end : JobEnd.Unspecified,
            RequestDigest = final ? requestHash.Current() : null,
            AnswerDigest = final ? answerHash.Current() : null,
            Hedge = final ? LosersShare() : null,
        };
        shard.TellControl(new ProxyMessage.ToLedger(settling));
        settleAgain = StartTimer(SettleRetry, new JobMessage.SettleAgain(instalment));
    }

    private ReplyTo<SettleAnswer> SettleReply(int number) => Self.Accept<SettleAnswer>(answer => new JobMessage.Settled(number, answer));

    /// <summary>The ledger may have restarted or moved before it answered; the same instalment is settled once however often it is sent.</summary>
    private void SettleAgain(int number)
    {
        if (settling is null || settling.Instalment != number)
            return;
        if (Now > settleUntil && stage == Stage.Settling)
        {
            FinishUnsettled(JobErrorCode.Interrupted, "the ledger did not answer: ask for the job with Resume");
            return;
        }

        (context.PlaceOf(request.Id.Account).Here ?? shard).TellControl(new ProxyMessage.ToLedger(settling));
        settleAgain = StartTimer(SettleRetry, new JobMessage.SettleAgain(number));
    }

    private void TakeSettled(JobMessage.Settled settled)
    {
        if (settling is null || settling.Instalment != settled.Instalment)
            return;
        bool final = settling.Final;
        SettleAnswer answer = settled.Answer;
        settling = null;
        if (answer.Refusal is not (LedgerRefusal.None or LedgerRefusal.JobSettled))
        {
            FinishUnsettled(JobErrors.Of(answer.Refusal), answer.Text);
            return;
        }

        settleAgain?.Cancel();
        settledTotal = answer.Total;
        settledReceipt = answer.Receipt;
        if (final)
            SayLastWord(answer);
        else if (stage == Stage.Settling)
            SendSettle(final: true);
        else
            TellClient(FrameKind.Instalment, InstalmentOf(settled.Instalment, answer), end: false);
        // Behind the client's word: a turn's links write in the order in which they were given something, and the client waits.
        if (answer.Receipt is not null)
            winner!.Link.SendReceipt(winner.Token, winner.Claim, answer.Receipt);
        if (answer.HedgeReceipt is not null)
            loser?.Link.SendReceipt(loser.Token, loser.Claim, answer.HedgeReceipt);
    }

    private static Instalment InstalmentOf(int number, SettleAnswer answer)
        => new() { Number = (ulong)number, CostNanoTon = answer.Total.Value, Receipt = answer.Receipt };

    /// <summary>The last settlement was not made: what the earlier ones came to stays paid.</summary>
    private void FinishUnsettled(JobErrorCode code, string reason)
        => Finish(new JobError { Code = code, Reason = reason, CostNanoTon = settledTotal.Value, Receipt = settledReceipt, Chunks = (ulong)relayedChunks });

    private void SayLastWord(SettleAnswer answer)
    {
        if (endError is null)
        {
            JobFinal final = new() { CostNanoTon = answer.Total.Value, Chunks = (ulong)relayedChunks, Receipt = answer.Receipt };
            final.Usage.AddRange(UsageSoFar());
            lastWord = final;
        }
        else
        {
            endError.CostNanoTon = answer.Total.Value;
            endError.Chunks = (ulong)relayedChunks;
            endError.Receipt = answer.Receipt;
            endError.Delivered.AddRange(UsageSoFar());
            lastWord = endError;
        }

        SendLastWord();
        if (stage != Stage.Over)
            StartTimer(context.Settings.ResumeGrace, new JobMessage.LastWordLate());
    }

    /// <summary>The last word comes behind the last chunk, also for a client that came back for some of them.</summary>
    private void SendLastWord()
    {
        if (lastWord is not null && (client is null || !HasRepeats))
            TellLastWord();
    }

    private void TellLastWord()
    {
        TellClient(lastWord is JobFinal ? FrameKind.JobFinal : FrameKind.JobError, lastWord!, end: true);
        End();
    }

    private IEnumerable<Usage> UsageSoFar()
        => relayedUsage.Amounts.ToArray().Select(amount => new Usage { UsageClass = (uint)amount.Class, Amount = (ulong)amount.Amount });

    /// <summary>A hedge's loser did the prompt for nothing: the operator pays it that, less commission, never the client.</summary>
    private HedgeShare? LosersShare()
        => loser is null || WorkedOf(UsageClass.Prompt) == 0 ? null : new HedgeShare(loser.Worker, loser.Terms, WorkedOf(UsageClass.Prompt));
}
