using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Payouts;

/// <summary>
/// A careful operator: decides about deposits in suspense, reopens what came back, and after a restored backup explains what the wallets
/// sent, once everybody has told what they know. Where no backup was restored nothing needs explaining: to be asked is a violation.
/// </summary>
internal sealed class TreasuryOperator(World world, PayoutFacts facts)
{
    /// <summary>The operator's own wallets.</summary>
    public HashSet<WalletAddress> Own { get; } = [];

    /// <summary>Whose an address is.</summary>
    public Dictionary<WalletAddress, PublicKey> Workers { get; } = [];

    /// <summary>Whose a wallet is, should its deposit come before it is registered.</summary>
    public Dictionary<WalletAddress, AccountId> Clients { get; } = [];

    /// <summary>What the operator saw last.</summary>
    public TreasuryView? Seen { get; private set; }

    public async ValueTask LookAsync(ActorRef<LedgerCommand> treasury)
    {
        TreasuryView view = await treasury.AskAsync<TreasuryView>(reply => new QueryTreasury(reply), PayoutFront.Deadline);
        Seen = view;
        foreach (DepositSeen deposit in view.Suspense)
            await DecideAsync(treasury, deposit);
        foreach (PayoutView bounced in view.Bounced)
            await AskAsync(treasury, reply => new ReopenPayout(bounced.Number, "it came back", reply));
        if (view.State == PayoutState.FailedTooOften)
            await AskAsync(treasury, reply => new RetryPayouts(reply));
        if (view.State == PayoutState.Stopped)
            world.Violated($"payouts stopped: {view.Text}");
        if (view.Unexplained is { } unexplained)
            await ExplainAsync(treasury, unexplained);
    }

    /// <summary>By the deposit alone, so that it is the same after a restored backup: what strangers sent goes back, dust and the like is kept.</summary>
    private async ValueTask DecideAsync(ActorRef<LedgerCommand> treasury, DepositSeen deposit)
    {
        Bytes32 transaction = Bytes32.From(deposit.Transaction.Span);
        bool isUnknown = deposit.Reason == SuspenseReason.UnknownAccount;
        bool isClients = WalletAddress.TryRead(deposit.Sender.Span, out WalletAddress sender) && Clients.ContainsKey(sender);
        if (isUnknown && !isClients)
            await AskAsync(treasury, reply => new RefundSuspense(transaction, reply));
        else
            await AskAsync(treasury, reply => new AssignSuspense(transaction, isUnknown ? Clients[sender] : null, "decided", reply));
    }

    private async ValueTask ExplainAsync(ActorRef<LedgerCommand> treasury, UnexplainedView view)
    {
        if (facts.Generation == 0)
        {
            world.Violated($"payouts stopped at a transaction of the one journal there is: {view.Reason}");
            return;
        }

        Dictionary<PublicKey, NanoTon> workers = [];
        List<SentMessage> others = [];
        foreach (SentMessage sent in view.Transaction.Sent)
        {
            WalletAddress to = new(sent.Destination.Workchain, sent.Destination.Account);
            if (Workers.TryGetValue(to, out PublicKey worker))
                workers[worker] = workers.GetValueOrDefault(worker) + sent.Amount;
            else if (!Own.Contains(to))
                others.Add(sent);
        }

        PayoutsView known = await treasury.AskAsync<PayoutsView>(reply => new QueryPayouts(null, 0, 1_000, reply), PayoutFront.Deadline);
        foreach (PayoutView waiting in known.Payouts.Where(payout => payout.Standing == PayoutStanding.Waiting))
        {
            if (waiting.Kind == PayoutKind.Earnings && workers.ContainsKey(new PublicKey(waiting.Beneficiary!.Value)))
                await AskAsync(treasury, reply => new ReopenPayout(waiting.Number, "paid in the lost time", reply));
        }

        if (MatchOthers(known, others) is { } paid)
            await ExplainAsync(treasury, view, workers, paid);
        else
            world.Note(-1, $"the operator cannot explain yet what went to {string.Join(", ", others.Select(sent => $"{sent.Destination} ({sent.Amount.Value})"))}, of "
                + string.Join(", ", known.Payouts.Where(payout => payout.Kind != PayoutKind.Earnings).Select(
                    payout => $"{payout.Number} {payout.Standing} {payout.Destination} ({payout.Amount.Value})")));
    }

    private static List<long>? MatchOthers(PayoutsView known, List<SentMessage> others)
    {
        List<long> paid = [];
        foreach (SentMessage sent in others)
        {
            PayoutView? match = known.Payouts.LastOrDefault(payout => payout.Standing == PayoutStanding.Waiting && payout.Kind != PayoutKind.Earnings
                && payout.Amount == sent.Amount && payout.Destination.IsSameAccount(sent.Destination) && !paid.Contains(payout.Number));
            if (match is null)
                return null;
            paid.Add(match.Number);
        }

        return paid;
    }

    private async ValueTask ExplainAsync(
        ActorRef<LedgerCommand> treasury, UnexplainedView view, Dictionary<PublicKey, NanoTon> workers, List<long> paid)
    {
        LedgerAnswer answer = await AskAsync(treasury, reply => new ExplainOutflow(view.Transaction.Point.Hash, paid, "sent in the lost time", reply)
        {
            Workers = [.. workers.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value))],
        });
        if (answer.Refusal != LedgerRefusal.None)
            world.Note(-1, $"the operator's explanation is refused: {answer.Text}");
    }

    private static async ValueTask<LedgerAnswer> AskAsync(ActorRef<LedgerCommand> treasury, Func<ReplyTo<LedgerAnswer>, LedgerCommand> command)
        => await treasury.AskAsync(command, PayoutFront.Deadline);
}
