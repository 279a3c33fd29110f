using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Payouts;

/// <summary>Tells the treasury who owns a wallet, as the account's key signed it: deposits from it are the account's.</summary>
/// <param name="Key">The account's key.</param>
/// <param name="Statement">A <see cref="WalletRegistration"/>.</param>
/// <param name="Signature">The key's signature over exactly those bytes.</param>
/// <param name="Reply">Takes the answer.</param>
/// <remarks>Both the account's shard and the treasury take it; a shard pays withdrawals only to a wallet that the treasury knows too.</remarks>
public sealed record RegisterWallet(
    PublicKey Key, ReadOnlyMemory<byte> Statement, ReadOnlyMemory<byte> Signature, ReplyTo<LedgerAnswer> Reply) : LedgerCommand;

/// <summary>To a shard: the account takes money out, to its registered wallet.</summary>
/// <param name="Key">The account's key.</param>
/// <param name="Statement">A <see cref="WithdrawalRequest"/>.</param>
/// <param name="Signature">The key's signature over exactly those bytes.</param>
/// <param name="Reply">Takes the answer, when the money is durably on its way to the treasury. The same request again is answered alike.</param>
public sealed record Withdraw(
    PublicKey Key, ReadOnlyMemory<byte> Statement, ReadOnlyMemory<byte> Signature, ReplyTo<LedgerAnswer> Reply) : LedgerCommand;

/// <summary>To the treasury's <see cref="PayoutActor"/>; a plain ledger refuses it.</summary>
/// <param name="Reply">Takes the answer.</param>
public abstract record TreasuryCommand(ReplyTo<LedgerAnswer> Reply) : LedgerCommand;

/// <summary>To the treasury: where a worker's pay goes, as its owner signed it.</summary>
/// <param name="Worker">The worker that brought it.</param>
/// <param name="Statement">A <see cref="PayoutAddress"/>.</param>
/// <param name="Signature">The owner's signature over exactly those bytes.</param>
/// <param name="Reply">Takes the answer.</param>
public sealed record SetPayoutAddress(
    PublicKey Worker, ReadOnlyMemory<byte> Statement, ReadOnlyMemory<byte> Signature, ReplyTo<LedgerAnswer> Reply) : TreasuryCommand(Reply);

/// <summary>To the treasury: a deposit in suspense belongs to <paramref name="Account"/>; null: to the operator.</summary>
public sealed record AssignSuspense(Bytes32 Transaction, AccountId? Account, string Memo, ReplyTo<LedgerAnswer> Reply) : TreasuryCommand(Reply);

/// <summary>To the treasury: a deposit in suspense goes back to its sender.</summary>
public sealed record RefundSuspense(Bytes32 Transaction, ReplyTo<LedgerAnswer> Reply) : TreasuryCommand(Reply);

/// <summary>To the treasury: the operator takes commission out, as far as it is not needed for fees.</summary>
/// <param name="Amount">How much; null: all.</param>
/// <param name="Destination">Where to.</param>
/// <param name="Reference">Caller's key: the same one within the present era is paid once. Empty: none.</param>
/// <param name="Reply">Takes the answer.</param>
public sealed record WithdrawCommission(NanoTon? Amount, WalletAddress Destination, string Reference, ReplyTo<LedgerAnswer> Reply) : TreasuryCommand(Reply);

/// <summary>To the treasury: a payout that came back, or that still waits, returns to its owner's book.</summary>
public sealed record ReopenPayout(long Payout, string Memo, ReplyTo<LedgerAnswer> Reply) : TreasuryCommand(Reply);

/// <summary>To the treasury: the operator has looked; payouts that stopped after failures, or rest after a trouble, are tried again now.</summary>
public sealed record RetryPayouts(ReplyTo<LedgerAnswer> Reply) : TreasuryCommand(Reply);

/// <summary>
/// To the treasury: the operator explains the wallet transaction at which payouts stopped. What it sent is booked as these payouts (which
/// must be waiting, and not be paid again), the rest as money that the operator took or lost.
/// </summary>
/// <param name="Transaction">The transaction named by <see cref="TreasuryView.Unexplained"/>.</param>
/// <param name="Payouts">Waiting payouts that it paid; may be empty.</param>
/// <param name="Memo">Why, for the journal.</param>
/// <param name="Reply">Takes the answer.</param>
public sealed record ExplainOutflow(Bytes32 Transaction, IReadOnlyList<long> Payouts, string Memo, ReplyTo<LedgerAnswer> Reply) : TreasuryCommand(Reply)
{
    /// <summary>Workers that it paid although none of their payouts waits: what the treasury owes them is less by so much.</summary>
    public IReadOnlyList<(PublicKey Worker, NanoTon Amount)> Workers { get; init; } = [];
}

/// <summary>Asks the treasury how it stands.</summary>
public sealed record QueryTreasury(ReplyTo<TreasuryView> Reply) : LedgerCommand;

/// <summary>Asks the treasury for payouts, the newest first.</summary>
/// <param name="Beneficiary">Worker, account or suspense transaction; null: everybody's.</param>
/// <param name="Before">Only payouts with a lower number; 0: from the newest.</param>
/// <param name="Limit">1 to 1,000.</param>
/// <param name="Reply">Takes the answer.</param>
public sealed record QueryPayouts(Bytes32? Beneficiary, long Before, int Limit, ReplyTo<PayoutsView> Reply) : LedgerCommand;
