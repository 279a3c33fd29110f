namespace Cocoon.Actors.Routing;

/// <summary>
/// Keeps breakers from taking a model away: when most of its machines fail, the cause is more likely common to all of them than each
/// one's own. Counted by machine, so that one machine's many failing workers do not use up the others' share.
/// </summary>
internal static class EjectionCap
{
    /// <summary>Whether <paramref name="machine"/> may be ejected from among <paramref name="candidates"/>.</summary>
    /// <param name="candidates">All workers of one model.</param>
    /// <param name="machine">The machine of the worker that fails.</param>
    /// <param name="shareMax">Largest part of the machines ejected, 0 to 1.</param>
    public static bool Allows(ReadOnlySpan<Candidate> candidates, int machine, double shareMax)
    {
        HashSet<int> machines = [];
        HashSet<int> ejected = [machine];
        foreach (ref readonly Candidate candidate in candidates)
        {
            machines.Add(candidate.Machine);
            if (candidate.Ejected || candidate.ProbeDue)
                ejected.Add(candidate.Machine);
        }

        return ejected.Count <= Math.Floor(shareMax * machines.Count);
    }
}
