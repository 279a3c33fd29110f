using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ports;

/// <summary>
/// The operator's own wallets on the chain: what happened in them, and a way to send batches of payouts from them. The adapter holds the
/// keys and knows cells; the payout actor knows which payouts there are. Every method but <see cref="Prepare"/> throws
/// <see cref="TreasuryUnavailableException"/> when nothing is known (try again later) and <see cref="TreasuryContradictionException"/> when
/// the chain contradicts what was read from it before (stop and ask a person).
/// </summary>
public interface ITreasuryChain
{
    /// <summary>The wallets; each one's place in the list is its number in the journal, for ever.</summary>
    IReadOnlyList<TreasuryWallet> Wallets { get; }

    /// <summary>
    /// Everything that happened in a wallet after a known transaction (null: from its first one on), the oldest first and without gaps.
    /// <see cref="WalletReading.ChainTimeUnixSeconds"/> is read <b>before</b> the transactions: what is not among them did not happen before
    /// that time. Anything else pays twice.
    /// </summary>
    ValueTask<WalletReading> ReadAsync(int wallet, ChainPoint? after, CancellationToken cancellation);

    /// <summary>What a batch would cost now beyond its payouts, rather too much than too little, by the chain's present prices.</summary>
    ValueTask<BatchFees> EstimateFeesAsync(int wallet, CancellationToken cancellation);

    /// <summary>
    /// Builds and signs a batch. Pure and deterministic: the same request gives the same bytes. A recipient's flags are honoured: a
    /// message bounces if and only if its address is bounceable. The wallet pays all fees on top. For <see cref="TreasuryWalletKind.HighloadV3"/>
    /// the batch is all or nothing.
    /// </summary>
    PreparedBatch Prepare(int wallet, BatchRequest request);

    /// <summary>Hands the bytes of a prepared batch to the chain. Sending the same bytes again is harmless: the contract runs them once.</summary>
    ValueTask<BatchSendAnswer> SendAsync(int wallet, ReadOnlyMemory<byte> message, CancellationToken cancellation);
}

/// <summary>Which contract a wallet is, as far as payouts differ.</summary>
public enum TreasuryWalletKind
{
    /// <summary>Highload Wallet V3: up to 254 payouts in a batch, all or nothing.</summary>
    HighloadV3 = 1,

    /// <summary>Wallet V5R1, for small operators: up to 255 payouts in a batch; the wallet skips those it cannot pay.</summary>
    V5R1 = 2,
}

/// <summary>One of the operator's wallets.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Kind">Which contract.</param>
/// <param name="TimeoutSeconds">
/// How long a request can run after its creation: Highload V3's own timeout (3,600 by default), or the validity of V5R1 requests (60 to 120).
/// </param>
public sealed record TreasuryWallet(WalletAddress Address, TreasuryWalletKind Kind, int TimeoutSeconds)
{
    /// <summary>False for a wallet that is only watched: its key is not here.</summary>
    public bool CanSend { get; init; } = true;
}

/// <summary>What the chain charges for a batch beyond its payouts.</summary>
/// <param name="PerBatch">Once.</param>
/// <param name="PerPayout">For each payout.</param>
public sealed record BatchFees(NanoTon PerBatch, NanoTon PerPayout);

/// <summary>A batch to be built.</summary>
/// <param name="Sequence">
/// Highload V3: the place of its query id in the order, 0 to 8,380,414 (<c>HighloadQueryId.FromSequence</c>; the last place is kept for sending
/// by hand). V5R1: the wallet's sequence number.
/// </param>
/// <param name="CreatedAtUnixSeconds">When it was created, in chain time; V5R1 requests are valid until this plus the wallet's timeout.</param>
/// <param name="Payouts">1 to 254 payouts, in order.</param>
/// <param name="SelfMessageValue">Highload V3: what the message to the wallet itself carries; the rest of it stays in the wallet.</param>
/// <param name="Deploy">The wallet is not deployed yet: the message carries its state.</param>
public sealed record BatchRequest(
    long Sequence, long CreatedAtUnixSeconds, IReadOnlyList<BatchPayout> Payouts, NanoTon SelfMessageValue, bool Deploy)
{
    /// <summary>Comment of one more message, of no value, to the wallet itself, after the payouts; null: none.</summary>
    public string? AnchorComment { get; init; }
}

/// <summary>One payout of a batch.</summary>
/// <param name="Destination">Who is paid.</param>
/// <param name="Amount">How much arrives, less what the payee's own contract takes.</param>
/// <param name="Comment">Comment of the message; empty: none.</param>
public sealed record BatchPayout(WalletAddress Destination, NanoTon Amount, string Comment);

/// <summary>What a node said to a batch. Only the wallet's own transactions say what became of it.</summary>
public enum BatchSendVerdict
{
    /// <summary>Valid against one node's state.</summary>
    Accepted = 1,

    /// <summary>Refused in that node's state. Exit codes 33, 36 and 133: it may have been executed already.</summary>
    Refused = 2,

    /// <summary>Too many messages for this address; later.</summary>
    Busy = 3,

    /// <summary>No answer: it may or may not have arrived.</summary>
    Unknown = 4,
}

/// <summary>A node's answer to a batch.</summary>
/// <param name="Verdict">What it said.</param>
/// <param name="ExitCode">The contract's exit code, if it refused and said why.</param>
/// <param name="Detail">The node's words for logs and screens; empty when accepted.</param>
public sealed record BatchSendAnswer(BatchSendVerdict Verdict, int? ExitCode, string Detail);

/// <summary>Nothing is known: the chain is out of reach, or its servers contradict each other for now. Try again later.</summary>
public sealed class TreasuryUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The chain lacks a transaction that was read from it before: another network, a fork. Payouts stop until a person has looked.</summary>
public sealed class TreasuryContradictionException(string message, Exception? inner = null) : Exception(message, inner);
