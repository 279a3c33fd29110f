using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;
using Google.Protobuf;

namespace Cocoon.Simulation.Ledger;

/// <summary>Stands before a ledger and gets some of what goes through it wrong.</summary>
internal sealed class LyingLedger(BugKit kit, Func<Actor<LedgerCommand>> create) : Actor<LedgerCommand>
{
    private static readonly SpawnOptions Options = new(MailboxCapacity: 16_384, RestartPolicy.Always);
    private ActorRef<LedgerCommand> ledger = null!;

    protected override void OnStart() => ledger = Spawn("true", create, Options);

    protected override void OnTerminated(Terminated terminated)
        => throw terminated.Failure as ActorStopException ?? new ActorStopException("the ledger stopped", terminated.Failure);

    protected override void Receive(LedgerCommand message)
    {
        if (message is Release && kit.Has(DeliberateBugs.ReservationLeakedOnCancel))
            return;
        if (message is Reserve reserve && kit.Has(DeliberateBugs.SettledJobRunsAgain))
            message = reserve with { Reply = new ReplyTo<ReserveAnswer>(new Forgetful(reserve), 0) };
        if (message is Settle { Hedge: { } loser } settle && kit.Has(DeliberateBugs.HedgeChargedTwice))
            ledger.TellControl(new BookEvent(Paid(settle.Job, loser), default));
        ledger.TellControl(message);
    }

    private static LedgerEvent Paid(JobId job, HedgeShare loser) => new()
    {
        HedgePaid = new HedgePaid
        {
            Account = ByteString.CopyFrom(job.Account.Value.AsSpan()),
            Session = job.Session.Value,
            Number = job.Number,
            Worker = ByteString.CopyFrom(loser.Worker.Value.AsSpan()),
            Amount = 1,
        },
    };

    /// <summary>Admits what was settled before.</summary>
    private sealed class Forgetful(Reserve reserve) : IReplySink<ReserveAnswer>
    {
        public void Reply(long ticket, ReserveAnswer answer)
            => reserve.Reply.Reply(answer.Refusal == LedgerRefusal.JobSettled
                ? new ReserveAnswer(LedgerRefusal.None, "", answer.Amount, reserve.OutputMax)
                : answer);
    }
}
