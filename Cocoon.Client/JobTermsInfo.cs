using Cocoon.Protocol.Money;

namespace Cocoon.Client;

/// <summary>What was agreed when a job was admitted.</summary>
/// <param name="Worker">The worker that runs it, as 64 hexadecimal digits; another one if it fails before the first chunk.</param>
/// <param name="Tier">The worker's tier.</param>
/// <param name="MaxOutputTokens">Most tokens of each choice: less than asked for where the balance covers less.</param>
/// <param name="Prices">The locked prices, in nanoTON per million units.</param>
/// <param name="Reserved">Held back until the job is settled: it cannot cost more.</param>
public sealed record JobTermsInfo(string Worker, JobTier Tier, int MaxOutputTokens, IReadOnlyList<Rate> Prices, NanoTon Reserved);
