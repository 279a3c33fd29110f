using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Payouts;

/// <summary>
/// The ledger of the treasury's stream: credits deposits, pays workers, withdrawals and commission, each once. It takes every command of a
/// <see cref="LedgerActor"/> and those of this folder.
/// <para>
/// Exactly once rests on these rules (docs/money.md): one batch of a wallet is under way at a time; it is durable under this instance's
/// epoch before its first byte leaves, and only those bytes are ever sent for it; its number on the chain is used up by what the chain ran,
/// not by what was tried, so that of all batches under one number the contract runs one, in whatever copies of the journal they were
/// prepared; what became of it is read only from the wallet's own transactions, by the hash of its body; it is given up when chain time,
/// read before the scan that did not find it, is past its timeout; a transaction that no batch explains stops everything.
/// </para>
/// </summary>
public sealed partial class PayoutActor : LedgerActor
{
    private readonly ITreasuryChain chain;
    private readonly PayoutOptions payouts;
    private readonly StreamHeads? heads;

    /// <summary>An instance for the treasury's stream.</summary>
    /// <param name="persistence">Journal, snapshots and the right to the treasury's stream.</param>
    /// <param name="options">The ledger's configuration.</param>
    /// <param name="payouts">The payouts' configuration.</param>
    /// <param name="routes">The way to the shards.</param>
    /// <param name="verifier">Checks signatures.</param>
    /// <param name="chain">The operator's wallets.</param>
    /// <param name="heads">The node's newest heads, to be anchored on the chain; null: only the treasury's own.</param>
    public PayoutActor(
        Persistence.Persistence persistence,
        LedgerOptions options,
        PayoutOptions payouts,
        ILedgerRoutes routes,
        ISignatureVerifier verifier,
        ITreasuryChain chain,
        StreamHeads? heads = null)
        : base(persistence, options, routes, verifier, heads: heads)
    {
        if (payouts.Problem(chain.Wallets.Count) is { } problem)
            throw new ArgumentException(problem, nameof(payouts));
        this.chain = chain;
        this.payouts = payouts;
        this.heads = heads;
        lastReadings = new WalletReading?[chain.Wallets.Count];
    }

    private TreasuryState Treasury => State.Treasury ?? throw new InvalidOperationException("payouts belong to the treasury's stream");

    private TreasuryWallet PayoutWallet => chain.Wallets[payouts.PayoutWallet];

    /// <inheritdoc/>
    protected override void OnRecovered()
    {
        base.OnRecovered();
        ForwardBalances();
        StartTimer(TimeSpan.Zero, RoundDue.Instance);
    }

    private protected override void DecideRare(LedgerCommand command)
    {
        switch (command)
        {
            case RoundDue:
                StartRound();
                break;
            case SetPayoutAddress set:
                Decide(set);
                break;
            case AssignSuspense assign:
                Decide(assign);
                break;
            case RefundSuspense refund:
                Decide(refund);
                break;
            case WithdrawCommission withdraw:
                Decide(withdraw);
                break;
            case ReopenPayout reopen:
                Decide(reopen);
                break;
            case ExplainOutflow explain:
                Decide(explain);
                break;
            case RetryPayouts retry:
                Decide(retry);
                break;
            case QueryTreasury query:
                Decide(query);
                break;
            case QueryPayouts query:
                Decide(query);
                break;
            default:
                base.DecideRare(command);
                break;
        }
    }

    /// <summary>A withdrawal whose destination cannot be paid goes straight back to its account.</summary>
    private protected override void OnReceived(TransferIn received)
    {
        if (received.Kind == TransferKind.Withdrawal && !IsPayable(received.Destination))
            SendToAccount(TransferKind.Refund, new AccountId(Bytes32.From(received.Beneficiary.Span)), new NanoTon(received.Amount));
        else
            base.OnReceived(received);
    }

    private bool IsPayable(ByteString destination) =>
        WalletAddress.TryRead(destination.Span, out WalletAddress address) && (!address.IsTestOnly || payouts.TestAddressesAllowed);

    private void SendToAccount(TransferKind kind, AccountId account, NanoTon amount) =>
        Send(StreamId.OfShard(account.Shard(payouts.ShardCount)), new TransferOut
        {
            Kind = kind,
            Amount = amount.Value,
            Beneficiary = Bytes(account.Value),
        });

    // The treasury has no clients: whatever one has here is on its way to its shard.
    private void ForwardBalances()
    {
        foreach (ClientAccount account in State.Accounts.Where(account => account.Balance > NanoTon.Zero).OrderBy(account => account.Id).ToArray())
            SendToAccount(TransferKind.Refund, account.Id, account.Balance);
    }

    private void Request(PayoutKind kind, ByteString beneficiary, ByteString destination, NanoTon amount, string reference = "")
    {
        LedgerEvent requested = NewEvent();
        requested.PayoutRequested = new PayoutRequested
        {
            Payout = Treasury.LastPayout + 1,
            Kind = kind,
            Beneficiary = beneficiary,
            Destination = destination,
            Amount = amount.Value,
            Reference = reference,
        };
        Emit(requested);
    }
}

/// <summary>The actor's own timer: reads the wallets and acts on what it finds.</summary>
internal sealed record RoundDue : LedgerCommand
{
    public static readonly RoundDue Instance = new();
}
