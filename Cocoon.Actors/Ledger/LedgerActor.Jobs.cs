using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Ledger;

/// <content>Admission, settlement and what follows a job's end.</content>
public partial class LedgerActor
{
    private ReserveAnswer Admit(Reserve reserve)
    {
        try
        {
            NanoTon needed = reserve.Terms.Reservation(reserve.PromptBound, [.. reserve.Media], reserve.OutputMax, reserve.Choices);
            return Admit(reserve, needed);
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException)
        {
            return Refused(LedgerRefusal.Malformed, exception.Message, NanoTon.Zero);
        }
    }

    private ReserveAnswer Admit(Reserve reserve, NanoTon needed)
    {
        if (!State.TryGetAccount(reserve.Job.Account, out ClientAccount? account))
            return Refused(LedgerRefusal.UnknownAccount, $"account {reserve.Job.Account} has no money here; deposit first", needed);
        if (RefusalOfJob(account, reserve.Job) is { } job)
            return job with { Amount = needed };
        NanoTon available = Available(account);
        LedgerRefusal tight = LedgerRefusal.InsufficientBalance;
        if (CeilingRoom(account, reserve.TimeLeft) is { } room && room < available)
            (available, tight) = (room, LedgerRefusal.CeilingReached);
        if (reserve.Purse != 0)
        {
            if (RefusalOfPurse(account, reserve, out NanoTon left) is { } purse)
                return purse with { Amount = needed };
            if (left < available)
                (available, tight) = (left, LedgerRefusal.PurseBudget);
        }

        long output = reserve.Terms.AffordableOutput(available, reserve.PromptBound, [.. reserve.Media], reserve.OutputMax, reserve.Choices);
        if (output < Math.Min(options.OutputMin, reserve.OutputMax))
            return Refused(tight, TooDear(tight, needed, NanoTon.Max(available, NanoTon.Zero), account, reserve.Purse), needed);
        NanoTon amount = reserve.Terms.Reservation(reserve.PromptBound, [.. reserve.Media], output, reserve.Choices);
        TimeSpan deadline = Now + reserve.TimeLeft + options.ReservationGrace;
        reservations.Add(reserve.Job, new Reservation(reserve.Purse, amount, amount, deadline));
        CountInMinute(account, reserve);
        return new ReserveAnswer(LedgerRefusal.None, "", amount, output);
    }

    private string TooDear(LedgerRefusal tight, NanoTon needed, NanoTon left, ClientAccount account, ulong purse) => tight switch
    {
        LedgerRefusal.CeilingReached => $"the job may cost {needed}, under the account's ceiling {left} is left: sign a higher one, or lower max_tokens",
        LedgerRefusal.PurseBudget => $"the job may cost {needed}, the key has {left} left ({BudgetOf(account, purse)}): raise its budget, or lower max_tokens",
        _ => $"the job may cost {needed}, the account has {left} free: deposit more, or lower max_tokens",
    };

    private ReserveAnswer? RefusalOfJob(ClientAccount account, JobId job)
    {
        long opened = job.Session.OpenedUnixSeconds;
        long now = UnixMs / 1000;
        if (opened < Math.Max(State.SessionsOpenedBefore, now - (long)options.SessionLifetime.TotalSeconds))
            return Refused(LedgerRefusal.SessionRefused, $"session {job.Session} has expired; open a new one", default);
        if (opened > now + (long)options.ClockSlack.TotalSeconds)
            return Refused(LedgerRefusal.SessionRefused, $"session {job.Session} was opened in the future; set the client's clock", default);
        if (!account.Sessions.ContainsKey(job.Session.Value) && account.Sessions.Count >= options.SessionsMax)
            return Refused(LedgerRefusal.SessionRefused, $"the account has {account.Sessions.Count} live sessions; use one of them", default);
        if (job.Number < 1)
            return Refused(LedgerRefusal.Malformed, "jobs of a session are numbered from 1", default);
        JobStanding standing = account.Standing(job.Session, job.Number);
        if (standing != JobStanding.Unknown)
            return Refused(LedgerRefusal.JobSettled, $"job {job.Number} of session {job.Session} is {standing}; send new work under a new number", default);
        return reservations.TryGet(job, out _)
            ? Refused(LedgerRefusal.JobRunning, $"job {job.Number} of session {job.Session} is running", default)
            : null;
    }

    private NanoTon? CeilingRoom(ClientAccount account, TimeSpan timeLeft)
    {
        if (account.Ceiling is not { } ceiling)
            return options.CeilingOptional ? null : NanoTon.Zero;
        if (ceiling.UntilUnixMs < UnixMs + (long)timeLeft.TotalMilliseconds)
            return NanoTon.Zero;
        return new NanoTon(ceiling.Amount) - account.Settled - reservations.HeldOf(account.Id);
    }

    private static ReserveAnswer Refused(LedgerRefusal refusal, string text, NanoTon needed) => new(refusal, text, needed, 0);

    private void Decide(Settle settle)
    {
        SettleAnswer? refused = TrySettle(settle, out Settlement? settlement, out NanoTon cut);
        if (settlement is null)
        {
            TellSettled(settle.Job, refused!.Refusal == LedgerRefusal.JobSettled ? StandingOf(settle.Job) : default, refused.Sequence, before =>
            {
                // A cost that is not known is not told.
                if (before.IsTooFar)
                    return;
                settle.Reply.Reply(refused with
                {
                    Head = Head,
                    Sequence = before.Sequence,
                    Total = before.Total,
                    Receipt = before.Receipt,
                    HedgeReceipt = before.HedgeReceipt,
                });
            });
            return;
        }

        LedgerEvent settled = NewEvent();
        settled.Settlement = settlement;
        Emit(settled);
        if (reservations.TryGet(settle.Job, out _))
        {
            if (settle.Final)
                reservations.Remove(settle.Job);
            else
                reservations.Use(settle.Job, new NanoTon(settlement.Price));
        }

        long sequence = LastSequence;
        long hedge = TryPayHedge(settle) ? LastSequence : 0;
        NanoTon price = new(settlement.Price);
        NanoTon total = new(settlement.Total);
        WhenDurable(() => settle.Reply.Reply(
            new SettleAnswer(LedgerRefusal.None, "", price, total, cut, sequence, Head) { Receipt = ReceiptOf(sequence), HedgeReceipt = ReceiptOf(hedge) }));
    }

    private SettleAnswer? TrySettle(Settle settle, out Settlement? settlement, out NanoTon cut)
    {
        settlement = null;
        cut = NanoTon.Zero;
        JobId job = settle.Job;
        if (!State.TryGetAccount(job.Account, out ClientAccount? account))
            return NotSettled(LedgerRefusal.UnknownAccount, $"account {job.Account} has no money here");
        account.Sessions.TryGetValue(job.Session.Value, out Session? session);
        OpenJob before = session?.Instalments(job.Number) ?? default;
        JobStanding standing = session?.Standing(job.Number) ?? JobStanding.Unknown;

        // What was reserved and not settled since is a running job, however far its session has gone on.
        bool isLate = standing == JobStanding.TooOld && reservations.TryGet(job, out _);
        if (isLate)
            standing = JobStanding.Unknown;
        if (standing is JobStanding.Closed or JobStanding.TooOld || settle.Instalment <= before.Instalment)
        {
            long known = 0;
            session?.TryGetSequence(job.Number, out known);
            string text = standing is JobStanding.Closed or JobStanding.TooOld ? $"the job is {standing}" : $"instalment {settle.Instalment} is settled";
            return NotSettled(LedgerRefusal.JobSettled, text) with { Sequence = known };
        }

        if (job.Number < 1 || settle.Instalment < 1)
            return NotSettled(LedgerRefusal.Malformed, "jobs and instalments are numbered from 1");
        if (job.Session.OpenedUnixSeconds < State.SessionsOpenedBefore)
            return NotSettled(LedgerRefusal.SessionRefused, $"session {job.Session} has expired");
        NanoTon wanted;
        try
        {
            wanted = settle.Terms.Price([.. settle.Usage]);
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException)
        {
            return NotSettled(LedgerRefusal.Malformed, exception.Message);
        }

        NanoTon settledBefore = new(before.Total);
        if (wanted < settledBefore)
            return NotSettled(LedgerRefusal.Malformed, $"usage is cumulative: {wanted} follows {settledBefore}");
        NanoTon total = NanoTon.Min(wanted, settledBefore + MostFor(settle, account, out ulong purse));
        cut = wanted - total;
        settlement = Settlement(settle, settledBefore, total, purse);
        settlement.Late = isLate;
        return null;
    }

    /// <summary>What the job may still cost: its reservation's rest, or without one (the ledger restarted meanwhile) what is free.</summary>
    private NanoTon MostFor(Settle settle, ClientAccount account, out ulong purse)
    {
        if (reservations.TryGet(settle.Job, out Reservation reservation))
        {
            purse = reservation.Purse;
            return NanoTon.Min(reservation.Held, account.Balance);
        }

        purse = account.Purses.ContainsKey(settle.Purse) ? settle.Purse : 0;
        NanoTon free = Available(account);
        if (CeilingRoom(account, TimeSpan.Zero) is { } room)
            free = NanoTon.Min(free, room);
        if (purse != 0)
            free = NanoTon.Min(free, LeftOf(account, account.Purses[purse]));
        return NanoTon.Max(free, NanoTon.Zero);
    }

    private static Settlement Settlement(Settle settle, NanoTon before, NanoTon total, ulong purse)
    {
        JobTerms terms = settle.Terms;
        NanoTon price = total - before;
        // Within one job's locked terms the difference is in range; a caller that changed them must not stop the stream.
        NanoTon commission = NanoTon.Max(NanoTon.Zero, NanoTon.Min(price, terms.Commission(total) - terms.Commission(before)));
        Settlement settlement = new()
        {
            Account = Bytes(settle.Job.Account.Value),
            Session = settle.Job.Session.Value,
            Number = settle.Job.Number,
            Instalment = settle.Instalment,
            Final = settle.Final,
            Worker = Bytes(settle.Worker.Value),
            Price = price.Value,
            Commission = commission.Value,
            Total = total.Value,
            Purse = purse,
            Model = settle.Model,
            CoefficientThousandths = terms.CoefficientThousandths,
            CommissionBasisPoints = terms.CommissionBasisPoints,
            End = settle.End,
        };
        foreach (UsageAmount used in settle.Usage)
        {
            terms.TryGetRate(used.Class, out long rate);
            settlement.Usage.Add(new UsageLine { Class = (int)used.Class, Amount = used.Amount, Rate = rate });
        }

        if (settle.RequestDigest is { } request)
            settlement.RequestDigest = Bytes(request);
        if (settle.AnswerDigest is { } answer)
            settlement.AnswerDigest = Bytes(answer);
        foreach (Protocol.Identity.Bytes32 evidence in settle.Evidence)
            settlement.Evidence.Add(Bytes(evidence));
        return settlement;
    }

    private static SettleAnswer NotSettled(LedgerRefusal refusal, string text) =>
        new(refusal, text, default, default, default, 0, default);

    private bool TryPayHedge(Settle settle)
    {
        if (settle is not { Final: true, Hedge: { } loser })
            return false;
        NanoTon price = loser.Terms.Price([new UsageAmount(UsageClass.Prompt, loser.Prompt)]);
        NanoTon amount = price - loser.Terms.Commission(price);
        if (amount <= NanoTon.Zero)
            return false;
        loser.Terms.TryGetRate(UsageClass.Prompt, out long rate);
        LedgerEvent paid = NewEvent();
        paid.HedgePaid = new HedgePaid
        {
            Account = Bytes(settle.Job.Account.Value),
            Session = settle.Job.Session.Value,
            Number = settle.Job.Number,
            Worker = Bytes(loser.Worker.Value),
            Amount = amount.Value,
            Model = settle.Model,
            Prompt = loser.Prompt,
            Rate = rate,
            CoefficientThousandths = loser.Terms.CoefficientThousandths,
        };
        Emit(paid);
        return true;
    }

    private void Decide(QueryJob query)
    {
        JobStanding standing = StandingOf(query.Job);
        int instalment = 0;
        long known = 0;
        if (State.TryGetAccount(query.Job.Account, out ClientAccount? account)
            && account.Sessions.TryGetValue(query.Job.Session.Value, out Session? session))
        {
            instalment = session.Instalments(query.Job.Number).Instalment;
            session.TryGetSequence(query.Job.Number, out known);
        }

        bool running = reservations.TryGet(query.Job, out _);
        if (running && standing == JobStanding.TooOld)
            standing = JobStanding.Unknown;
        bool isForgotten = query.Job.Session.OpenedUnixSeconds < State.SessionsOpenedBefore;
        if (isForgotten)
            standing = JobStanding.TooOld;
        TellSettled(query.Job, isForgotten ? default : standing, known, before =>
        {
            // Looked for in all of its session's time.
            if (before.IsTooFar)
                standing = JobStanding.TooOld;
            else if (standing == JobStanding.TooOld && !isForgotten)
                standing = before.Sequence == 0 ? JobStanding.Unknown : JobStanding.Closed;
            query.Reply.Reply(new JobAnswer(standing, running, instalment, before.Total, before.Sequence, Head)
            {
                Receipt = before.Receipt,
                HedgeReceipt = before.HedgeReceipt,
                IsTooFar = before.IsTooFar,
            });
        });
    }

    private JobStanding StandingOf(JobId job)
        => State.TryGetAccount(job.Account, out ClientAccount? account) ? account.Standing(job.Session, job.Number) : JobStanding.Unknown;

    private void DropOverdue()
    {
        if (reservations.Count == 0)
            return;
        foreach (JobId job in reservations.OverdueAt(Now))
            reservations.Remove(job);
    }
}
