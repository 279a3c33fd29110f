using Cocoon.Protocol.Money;

namespace Cocoon.Client;

/// <summary>A model that can be asked for.</summary>
/// <param name="Name">What to ask for.</param>
/// <param name="Tiers">The tiers it is served in.</param>
/// <param name="Prices">The lowest price a worker asks now, by class, in nanoTON per million units.</param>
/// <param name="ContextTokens">Longest prompt plus answer.</param>
/// <param name="Workers">Workers that serve it.</param>
/// <param name="Slots">Jobs they can run at once.</param>
/// <param name="Running">Jobs running now.</param>
/// <param name="Waiting">Jobs waiting for a worker.</param>
public sealed record ModelInfo(
    string Name, IReadOnlyList<JobTier> Tiers, IReadOnlyList<Rate> Prices, int ContextTokens, int Workers, int Slots, int Running, int Waiting);

/// <summary>One tier's share of the network.</summary>
/// <param name="Tier">The tier.</param>
/// <param name="Workers">Workers of it.</param>
/// <param name="Slots">Jobs they can run at once.</param>
/// <param name="Running">Jobs running now.</param>
public sealed record TierInfo(JobTier Tier, int Workers, int Slots, int Running);

/// <summary>The network at large, as the operators in use tell it.</summary>
/// <param name="NetworkId">SHA-256 of its name, as 64 hexadecimal digits: what every signed statement carries.</param>
/// <param name="ValueLocked">Money that clients and workers have with the operators.</param>
/// <param name="Proxies">Proxy nodes.</param>
/// <param name="Workers">Workers.</param>
/// <param name="Clients">Accounts with a balance.</param>
/// <param name="JobsRunning">Jobs running now.</param>
/// <param name="JobsWaiting">Jobs waiting for a worker.</param>
/// <param name="JobsSettled">Jobs settled since the beginning.</param>
/// <param name="Tiers">By tier.</param>
public sealed record NetworkInfo(
    string NetworkId,
    NanoTon ValueLocked,
    int Proxies,
    int Workers,
    long Clients,
    int JobsRunning,
    int JobsWaiting,
    long JobsSettled,
    IReadOnlyList<TierInfo> Tiers);

/// <summary>An account's money with its operator.</summary>
/// <param name="Account">The account, as 64 hexadecimal digits.</param>
/// <param name="Available">Free to spend.</param>
/// <param name="Reserved">Held back for running jobs.</param>
/// <param name="Spent">Settled since the beginning.</param>
/// <param name="Ceiling">Most the operator can charge in total by the account's own signature.</param>
public sealed record BalanceInfo(string Account, NanoTon Available, NanoTon Reserved, NanoTon Spent, NanoTon Ceiling);
