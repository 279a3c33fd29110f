using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;

namespace Cocoon.Simulation.Ledger;

/// <summary>
/// No purse ever spends more than the most it was allowed, whatever gateways its jobs came through. Counted from the events alone, beside
/// the ledger's own count.
/// </summary>
internal sealed class PurseCheck
{
    private readonly Dictionary<(AccountId Account, ulong Purse), (long Budget, long Spent)> purses = [];

    /// <summary>Takes an event; what is wrong with it, or null.</summary>
    public string? Look(LedgerEvent happened)
    {
        if (happened.PurseSet is { } set)
        {
            (AccountId, ulong) key = (new AccountId(Bytes32.From(set.Account.Span)), set.Purse);
            (long budget, long spent) = purses.GetValueOrDefault(key);
            purses[key] = (Math.Max(budget, set.Budget), spent);
        }
        else if (happened.Settlement is { Purse: not 0 } settlement)
        {
            (AccountId Account, ulong) key = (new AccountId(Bytes32.From(settlement.Account.Span)), settlement.Purse);
            (long budget, long spent) = purses.GetValueOrDefault(key);
            purses[key] = (budget, spent + settlement.Price);
            if (spent + settlement.Price > budget)
                return $"purse {settlement.Purse} of account {key.Account} has spent {spent + settlement.Price} nanoTON of {budget}";
        }

        return null;
    }

    /// <summary>An older journal is read from its start.</summary>
    public void Clear() => purses.Clear();
}
