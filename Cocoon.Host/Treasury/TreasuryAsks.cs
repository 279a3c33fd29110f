using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;

namespace Cocoon.Host.Treasury;

/// <summary>The treasury that a proxy node of this process serves.</summary>
internal sealed class ProxyTreasury(ProxyNode node) : ITreasuryAsk
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private ActorRef<ProxyMessage> Here => node.Shards.Find(StreamId.Treasury).Here
        ?? throw new InvalidOperationException("the treasury is not served by this node now; try again");

    public async Task<LedgerAnswer> AskAsync(Func<ReplyTo<LedgerAnswer>, LedgerCommand> command) =>
        await Here.AskAsync<LedgerAnswer>(reply => new ProxyMessage.ToLedger(command(reply)), Deadline);

    public async Task<TreasuryView> QueryAsync() =>
        await Here.AskAsync<TreasuryView>(reply => new ProxyMessage.ToLedger(new QueryTreasury(reply)), Deadline);
}

/// <summary>The treasury of a ledger file that this process has opened.</summary>
internal sealed class LedgerTreasury(ActorRef<LedgerCommand> treasury) : ITreasuryAsk
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    public async Task<LedgerAnswer> AskAsync(Func<ReplyTo<LedgerAnswer>, LedgerCommand> command) => await treasury.AskAsync(command, Deadline);

    public async Task<TreasuryView> QueryAsync() => await treasury.AskAsync<TreasuryView>(reply => new QueryTreasury(reply), Deadline);
}
