using Cocoon.Ton.Accounts;

namespace Cocoon.Ton.Chain;

/// <summary>All transactions of an account after a known one, up to one moment of the chain.</summary>
/// <param name="Account">The account at that moment; <see cref="AccountSnapshot.ChainTime"/> was read before the transactions.</param>
/// <param name="Transactions">The transactions after the known one, the oldest first, without gaps.</param>
public sealed record AccountHistory(AccountSnapshot Account, IReadOnlyList<Transaction> Transactions)
{
    private const int PageSize = 100;

    /// <summary>
    /// Reads the account first, then pages back from its last transaction to the known one. Each transaction names the one before it, and
    /// every hash is computed here: no endpoint can leave out, reorder or invent one, and several endpoints that lag behind each other
    /// give the same result or an error. What is not in the result did not happen before the account's <see cref="AccountSnapshot.ChainTime"/>.
    /// </summary>
    /// <param name="chain">The chain.</param>
    /// <param name="address">Whose.</param>
    /// <param name="known">The last transaction that the caller knows; null to read from the first one on.</param>
    /// <param name="transactionsMax">The most transactions to read.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="ChainUnavailableException">The chain is out of reach, or an endpoint's answers contradict each other.</exception>
    /// <exception cref="ChainRolledBackException">The account does not have the known transaction.</exception>
    public static async Task<AccountHistory> ReadAsync(
        ITonChain chain, Address address, TransactionId? known, int transactionsMax = 10_000, CancellationToken cancellation = default)
    {
        AccountSnapshot account = await chain.GetAccountAsync(address, cancellation);
        TransactionId? next = account.LastTransaction;
        if (known is TransactionId cursor && (next is null || next.Value.Lt < cursor.Lt))
        {
            throw new ChainUnavailableException(
                $"{address}: the endpoint's newest transaction is {next?.Lt ?? 0}, older than {cursor.Lt}, which is known: it lags behind, or belongs to another network");
        }

        List<Transaction> found = [];
        while (next is TransactionId wanted && wanted != known)
        {
            if (known is TransactionId limit && wanted.Lt <= limit.Lt)
                throw new ChainRolledBackException(address, limit, wanted);
            IReadOnlyList<Transaction> page = await chain.GetTransactionsAsync(address, wanted, PageSize, cancellation);
            if (page.Count == 0)
                throw new ChainUnavailableException($"{address}: transaction {wanted.Lt} is stated but not returned");
            next = Append(found, page, wanted, known, address);
            if (found.Count > transactionsMax)
                throw new ChainUnavailableException($"{address} has more than {transactionsMax} transactions after the known one; raise the limit");
        }

        if (next is null && known is TransactionId missing)
            throw new ChainRolledBackException(address, missing, null);
        found.Reverse();
        return new AccountHistory(account, found);
    }

    /// <summary>Takes the page's transactions as far as they follow each other, and returns which one must come next.</summary>
    private static TransactionId? Append(
        List<Transaction> found, IReadOnlyList<Transaction> page, TransactionId first, TransactionId? known, Address address)
    {
        TransactionId? wanted = first;
        foreach (Transaction transaction in page)
        {
            if (wanted is null || wanted == known || wanted.Value.Lt <= (known?.Lt ?? 0))
                return wanted;
            if (transaction.Lt != wanted.Value.Lt || transaction.Hash != wanted.Value.Hash)
                throw new ChainUnavailableException($"{address}: transaction {wanted.Value.Lt} was asked for, {transaction.Lt} returned in its place");
            found.Add(transaction);
            wanted = transaction.PreviousLt == 0 ? null : new TransactionId(transaction.PreviousLt, transaction.PreviousHash);
        }

        return wanted;
    }
}

/// <summary>An account's history does not hold a transaction that was read from it before: another network, or a fork. Stop and ask a person.</summary>
public sealed class ChainRolledBackException : InvalidOperationException
{
    internal ChainRolledBackException(Address address, TransactionId known, TransactionId? found)
        : base($"{address} no longer has transaction {known.Lt} ({known.Hash}); its history leads past it to {found?.Lt ?? 0}. "
            + "Is this the network that the data belong to?")
    {
    }
}
