using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Chain;

/// <summary>
/// Access to the chain. Every method throws <see cref="ChainUnavailableException"/> when no endpoint answered (try again later),
/// <see cref="ChainRequestException"/> when an endpoint refuses the request as such (trying again does not help).
/// </summary>
public interface ITonChain
{
    /// <summary>Whether the chain is within reach, and since when; for operators.</summary>
    ChainState State { get; }

    /// <summary>Raised after <see cref="State"/> went from reachable to unreachable or back.</summary>
    event Action<ChainState>? StateChanged;

    /// <summary>Sequence number of the newest masterchain block that an endpoint knows.</summary>
    Task<uint> GetMasterchainSeqnoAsync(CancellationToken cancellation = default);

    /// <summary>An account at one moment: balance, state, last transaction, and the chain's time of that moment.</summary>
    Task<AccountSnapshot> GetAccountAsync(Address address, CancellationToken cancellation = default);

    /// <summary>
    /// Transactions of an account from the newest to the oldest. To find everything up to a moment without gaps use
    /// <see cref="AccountHistory.ReadAsync"/>.
    /// </summary>
    /// <param name="address">Whose.</param>
    /// <param name="from">The first to return; null for the newest.</param>
    /// <param name="limit">1 to 100.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<IReadOnlyList<Transaction>> GetTransactionsAsync(
        Address address, TransactionId? from = null, int limit = 20, CancellationToken cancellation = default);

    /// <summary>Runs a get-method of a contract.</summary>
    Task<GetMethodResult> RunGetMethodAsync(
        Address address, string method, IReadOnlyList<StackItem>? stack = null, CancellationToken cancellation = default);

    /// <summary>
    /// Hands an external message to a node. <see cref="SendVerdict.Accepted"/> says that it was valid against one node's state, not that it
    /// will be executed. Sending the same bytes again is harmless where the contract has replay protection.
    /// </summary>
    Task<SendResult> SendAsync(Cell message, CancellationToken cancellation = default);

    /// <summary>What an external message to a contract would cost it, with any signature.</summary>
    Task<FeeEstimate> EstimateFeeAsync(Message message, CancellationToken cancellation = default);

    /// <summary>A configuration parameter of the chain, such as 21 (gas prices) or 25 (forwarding prices).</summary>
    Task<Cell> GetConfigParameterAsync(int parameter, CancellationToken cancellation = default);
}
