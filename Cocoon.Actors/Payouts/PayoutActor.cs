using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Payouts;

/// <summary>
/// The ledger of the treasury's stream: credits deposits, pays workers, withdrawals and commission, each once. It takes every command of a
/// <see cref="LedgerActor"/> and those of this folder.
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
        : base(persistence, options, routes, verifier)
    {
        if (payouts.Problem(chain.Wallets.Count) is { } problem)
            throw new ArgumentException(problem, nameof(payouts));
        this.chain = chain;
        this.payouts = payouts;
        this.heads = heads;
    }
}
