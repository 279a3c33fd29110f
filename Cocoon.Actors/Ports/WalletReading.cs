using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ports;

/// <summary>One transaction of a wallet.</summary>
/// <param name="LogicalTime">Its logical time; rises within a wallet.</param>
/// <param name="Hash">Its hash.</param>
public readonly record struct ChainPoint(long LogicalTime, Bytes32 Hash);

/// <summary>A wallet up to one moment of the chain.</summary>
/// <param name="IsDeployed">Whether its contract is active.</param>
/// <param name="Balance">What it holds.</param>
/// <param name="Sequence">V5R1: its sequence number at that moment; 0 for other kinds.</param>
/// <param name="ChainTimeUnixSeconds">The moment, read before the transactions.</param>
/// <param name="Transactions">What happened after the known transaction and up to that moment, the oldest first.</param>
public sealed record WalletReading(
    bool IsDeployed, NanoTon Balance, long Sequence, long ChainTimeUnixSeconds, IReadOnlyList<WalletTransaction> Transactions);

/// <summary>
/// One transaction of one of the operator's wallets. Balance after = balance before + received - <see cref="Sent"/> - <see cref="Cost"/>,
/// where received is the amount of an incoming <see cref="TransferReceived"/> or <see cref="BatchReceived"/>.
/// </summary>
/// <param name="Point">Logical time and hash.</param>
/// <param name="Previous">The wallet's transaction before it; null for its first.</param>
/// <param name="UnixSeconds">Chain time.</param>
/// <param name="Incoming">What caused it.</param>
/// <param name="Sent">The messages it sent, in order.</param>
/// <param name="Cost">Everything it paid to the chain: storage, gas, actions and the forwarding of its messages.</param>
/// <param name="Succeeded">Computation and all actions succeeded, or there was nothing to compute.</param>
/// <param name="ExitCode">Of computation, or of actions when computation succeeded; 0 when all is well.</param>
public sealed record WalletTransaction(
    ChainPoint Point,
    ChainPoint? Previous,
    long UnixSeconds,
    IncomingMessage Incoming,
    IReadOnlyList<SentMessage> Sent,
    NanoTon Cost,
    bool Succeeded,
    int ExitCode);

/// <summary>A message that a wallet sent.</summary>
/// <param name="Destination">To whom; its flags mean nothing.</param>
/// <param name="Amount">Its value.</param>
/// <param name="MessageHash">Hash of the message, by which explorers find it.</param>
/// <param name="Comment">Its comment; empty: none.</param>
public sealed record SentMessage(WalletAddress Destination, NanoTon Amount, Bytes32 MessageHash, string Comment);

/// <summary>What caused a transaction.</summary>
public abstract record IncomingMessage
{
    private protected IncomingMessage()
    {
    }
}

/// <summary>A signed request from outside: a batch of ours, something sent by hand, or another holder of the key.</summary>
/// <param name="BodyHash">Hash of the message's body: what tells an attempt.</param>
/// <param name="Sequence">As in <see cref="BatchRequest.Sequence"/>; -1 when the body is not in the wallet's form.</param>
/// <param name="CreatedAtUnixSeconds">Highload V3: its creation. V5R1: valid-until less the wallet's timeout. 0 when unknown.</param>
public sealed record RequestReceived(Bytes32 BodyHash, long Sequence, long CreatedAtUnixSeconds) : IncomingMessage;

/// <summary>Highload V3's message to itself with the batch: what it sends now are the payouts.</summary>
/// <param name="Sequence">As in <see cref="BatchRequest.Sequence"/>.</param>
/// <param name="Amount">What the message carried.</param>
public sealed record BatchReceived(long Sequence, NanoTon Amount) : IncomingMessage;

/// <summary>Coins from another account, or from the wallet itself.</summary>
/// <param name="Sender">From whom; its flags mean nothing.</param>
/// <param name="Amount">How much.</param>
/// <param name="Comment">Its text comment, cut to 200 characters; empty: none.</param>
/// <param name="IsBounced">A message of ours came back.</param>
/// <param name="IsJetton">It announces jettons (TEP-74), whose value is not in <paramref name="Amount"/>.</param>
public sealed record TransferReceived(WalletAddress Sender, NanoTon Amount, string Comment, bool IsBounced, bool IsJetton) : IncomingMessage;

/// <summary>Nothing came: a transaction of the chain itself.</summary>
public sealed record NothingReceived : IncomingMessage;
