using Cocoon.Protocol.Money;

namespace Cocoon.Client.Local;

/// <summary>The money of a client without a network: one balance, purses with budgets, reservations before spending.</summary>
internal sealed class LocalLedger
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, NanoTon>? purses;
    private NanoTon available;
    private NanoTon reserved;
    private NanoTon spent;

    public LocalLedger(LocalJobClientOptions options)
    {
        available = options.Balance;
        purses = options.Purses?.ToDictionary(StringComparer.Ordinal);
    }

    public BalanceInfo Read()
    {
        lock (gate)
            return new BalanceInfo(new string('0', 64), available, reserved, spent, available + reserved + spent);
    }

    /// <summary>Holds money back. Throws <see cref="JobException"/> when balance or purse do not cover it.</summary>
    public void Reserve(string? purse, NanoTon amount)
    {
        lock (gate)
        {
            if (amount > available)
                throw new JobException(JobFailure.Balance, $"the job may cost {amount}, the balance is {available}: deposit more, or lower max_tokens");
            if (purse is not null && purses is not null)
            {
                if (!purses.TryGetValue(purse, out NanoTon budget))
                    throw new JobException(JobFailure.Purse, "there is no such key: make one with `cocoon key new`");
                if (amount > budget)
                    throw new JobException(JobFailure.PurseBudget, $"the job may cost {amount}, the key has {budget} left: raise its budget");
                purses[purse] = budget - amount;
            }

            available -= amount;
            reserved += amount;
        }
    }

    /// <summary>Turns a reservation into its true cost, and gives the rest back.</summary>
    public void Settle(string? purse, NanoTon amount, NanoTon cost)
    {
        lock (gate)
        {
            NanoTon rest = amount - cost;
            reserved -= amount;
            available += rest;
            spent += cost;
            if (purse is not null && purses is not null)
                purses[purse] += rest;
        }
    }
}
