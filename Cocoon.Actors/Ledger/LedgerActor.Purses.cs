using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <content>
/// Purses: an account's API keys. Whatever gateway a job comes through, its purse is checked here, so several cannot overspend it together.
/// </content>
public partial class LedgerActor
{
    private readonly Dictionary<(AccountId Account, ulong Purse), PurseMinute> minutes = [];

    private void Decide(SetPurse set)
    {
        PurseSet terms = set.Terms;
        bool sane = terms.Account.Length == Bytes32.Length && terms.Purse != 0 && terms.Budget >= 0 && terms.JobLimit >= 0
            && terms.ConcurrentLimit >= 0 && terms.MinuteLimit is >= 0 and <= PurseMinute.LimitMax
            && terms.Models.Count <= Purse.ModelsMax && terms.Label.Length <= Purse.LabelMax;
        if (!sane)
        {
            string text = $"a purse has an account, a number other than 0, no negative figures, at most {PurseMinute.LimitMax} jobs a minute, "
                + $"{Purse.ModelsMax} models and {Purse.LabelMax} characters of label";
            Refuse(set.Reply, LedgerRefusal.Malformed, text);
            return;
        }

        AccountId id = new(Bytes32.From(terms.Account.Span));
        bool full = State.TryGetAccount(id, out ClientAccount? account)
            && account.Purses.Count >= options.PursesMax && !account.Purses.ContainsKey(terms.Purse);
        if (full)
        {
            Refuse(set.Reply, LedgerRefusal.PurseLimit, $"the account has {options.PursesMax} purses; close and reuse one");
            return;
        }

        LedgerEvent accepted = NewEvent();
        accepted.PurseSet = terms;
        if (TryEmit(accepted, set.Reply))
            AnswerWhenDurable(set.Reply);
    }

    private void Decide(QueryPurses query)
    {
        List<PurseStanding> purses = [];
        if (State.TryGetAccount(query.Account, out ClientAccount? account))
        {
            foreach (Purse purse in account.Purses.Values)
                purses.Add(new PurseStanding(purse.Terms.Clone(), purse.Spent, reservations.HeldOf(query.Account, purse.Terms.Purse).Held));
        }

        WhenDurable(() => query.Reply.Reply(purses));
    }

    private ReserveAnswer? RefusalOfPurse(ClientAccount account, Reserve reserve, out NanoTon left)
    {
        left = default;
        if (!account.Purses.TryGetValue(reserve.Purse, out Purse? purse))
            return Refused(LedgerRefusal.PurseUnusable, "there is no such key: make one with `cocoon key new`", default);
        PurseSet terms = purse.Terms;
        if (terms.Closed)
            return Refused(LedgerRefusal.PurseUnusable, "the key was revoked", default);
        if (terms.ExpiresUnixMs != 0 && terms.ExpiresUnixMs <= UnixMs)
            return Refused(LedgerRefusal.PurseUnusable, "the key has expired", default);
        if (terms.Models.Count > 0 && !terms.Models.Contains(reserve.Model))
            return Refused(LedgerRefusal.PurseModel, $"the key does not allow model '{reserve.Model}', only {string.Join(", ", terms.Models)}", default);
        int jobs = reservations.HeldOf(account.Id, reserve.Purse).Jobs;
        if (terms.ConcurrentLimit > 0 && jobs >= terms.ConcurrentLimit)
            return Refused(LedgerRefusal.RateLimited, $"the key allows {terms.ConcurrentLimit} jobs at once", default);
        if (terms.MinuteLimit > 0 && MinuteOf(reserve).Wait(Now, terms.MinuteLimit) is { } wait && wait > TimeSpan.Zero)
        {
            return Refused(LedgerRefusal.RateLimited, $"the key allows {terms.MinuteLimit} jobs a minute", default) with { RetryAfter = wait };
        }

        left = LeftOf(account, purse);
        if (terms.JobLimit > 0)
            left = NanoTon.Min(left, new NanoTon(terms.JobLimit));
        return null;
    }

    /// <summary>Neither spent nor held by a running job.</summary>
    private NanoTon LeftOf(ClientAccount account, Purse purse)
        => new NanoTon(purse.Terms.Budget) - purse.Spent - reservations.HeldOf(account.Id, purse.Terms.Purse).Held;

    private string BudgetOf(ClientAccount account, ulong id)
    {
        Purse purse = account.Purses[id];
        return $"budget {new NanoTon(purse.Terms.Budget)}, spent {purse.Spent}, held for running jobs {reservations.HeldOf(account.Id, id).Held}";
    }

    /// <summary>An admitted job counts toward its purse's minute.</summary>
    private void CountInMinute(ClientAccount account, Reserve reserve)
    {
        if (reserve.Purse != 0 && account.Purses[reserve.Purse].Terms.MinuteLimit > 0)
            MinuteOf(reserve).Add(Now);
    }

    private void ForgetMinutes()
    {
        foreach ((AccountId, ulong) key in minutes.Where(entry => entry.Value.IsOver(Now)).Select(static entry => entry.Key).ToArray())
            minutes.Remove(key);
    }

    private PurseMinute MinuteOf(Reserve reserve)
    {
        (AccountId, ulong) key = (reserve.Job.Account, reserve.Purse);
        if (!minutes.TryGetValue(key, out PurseMinute? minute))
            minutes.Add(key, minute = new PurseMinute());
        return minute;
    }
}
