namespace Cocoon.Actors.Routing;

/// <summary>One choice with everything it rested on. Built only when somebody asks.</summary>
/// <param name="Model">The model.</param>
/// <param name="Explored">The choice ignored cost, to learn about workers that cost would not choose.</param>
/// <param name="Chosen">The worker, or null when nobody could have the job.</param>
/// <param name="Candidates">All workers of the model in the order of the scan.</param>
public sealed record RoutingDecision(string Model, bool Explored, long? Chosen, IReadOnlyList<CandidateTerms> Candidates);

/// <summary>A candidate's part of a decision.</summary>
/// <param name="Worker">The worker.</param>
/// <param name="Machine">Its machine.</param>
/// <param name="Verdict">Why it could not have the job; <see cref="Ineligibility.None"/> when it could.</param>
/// <param name="Terms">What the job would cost there.</param>
/// <param name="Coefficient">Its price in thousandths.</param>
/// <param name="CachedTokens">Prompt tokens credited as cached.</param>
/// <param name="Running">Jobs running there.</param>
/// <param name="RunningMax">Jobs it can run at once.</param>
/// <param name="FreeSlots">Slots held there and free.</param>
/// <param name="Share">Its probability in the draw among equals, 0 to 1.</param>
public sealed record CandidateTerms(
    long Worker,
    int Machine,
    Ineligibility Verdict,
    CostTerms Terms,
    int Coefficient,
    int CachedTokens,
    int Running,
    int RunningMax,
    int FreeSlots,
    double Share);
