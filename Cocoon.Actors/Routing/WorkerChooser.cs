using Cocoon.Actors.Runtime;

namespace Cocoon.Actors.Routing;

/// <summary>
/// Chooses a worker for a job: a function of the needs, the candidates, the time and the generator's state; the arrays it keeps are
/// only scratch. All candidates are scanned, in their order, so that sums of doubles come out the same everywhere.
/// </summary>
/// <param name="options">Constants.</param>
/// <param name="random">Chance for near-ties and exploration.</param>
public sealed class WorkerChooser(RoutingOptions options, SeededBits random)
{
    private double[] costs = [];
    private int[] membersByMachine = [];

    private enum Class
    {
        Cold,
        Hot,

        /// <summary>A newcomer beyond its slow start: only where no established worker serves the model.</summary>
        Excess,
        None,
    }

    /// <summary>Chooses among <paramref name="candidates"/>.</summary>
    /// <param name="needs">The job.</param>
    /// <param name="candidates">All workers of its model.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="explore">False for retries and hedges, which deserve the best.</param>
    /// <param name="coldOnly">True for hedges: spare capacity or nothing.</param>
    public Choice Choose(JobNeeds needs, ReadOnlySpan<Candidate> candidates, TimeSpan now, bool explore = true, bool coldOnly = false)
    {
        Scan scan = ScanAll(needs, candidates, now);
        Class chosen = scan.ClassToUse;
        if (chosen == Class.None || (coldOnly && chosen != Class.Cold))
            return new Choice(-1, 0, 0, false, scan.Obstacles, scan.CheapestBeyondCap);

        double chance = explore ? random.NextUnit() : 1;
        bool explored = chance < options.Exploration;
        double limit = explored ? double.PositiveInfinity : scan.Best(chosen) * (1 + options.NearTie);
        int index = explore && scan.Probe >= 0 && !explored && chance < options.Exploration + options.ProbeShare
            ? scan.Probe
            : Draw(candidates, chosen, limit, explored);
        CostTerms terms = CostTerms.Of(needs, candidates[index]);
        return new Choice(index, terms.FirstTokenSeconds, terms.Seconds, explored, scan.Obstacles, scan.CheapestBeyondCap);
    }

    /// <summary>Whether somebody could have the job, now or by waiting, without choosing: <see cref="Choice.Index"/> is -1 or 0.</summary>
    internal Choice Judge(JobNeeds needs, ReadOnlySpan<Candidate> candidates, TimeSpan now)
    {
        Scan scan = ScanAll(needs, candidates, now);
        return new Choice(scan.ClassToUse == Class.None ? -1 : 0, 0, 0, false, scan.Obstacles, scan.CheapestBeyondCap);
    }

    /// <summary>The same scan with all its terms, for people. <paramref name="taken"/> is the choice that was made, if one was.</summary>
    public RoutingDecision Explain(JobNeeds needs, ReadOnlySpan<Candidate> candidates, TimeSpan now, Choice? taken = null)
    {
        Scan scan = ScanAll(needs, candidates, now);
        Class chosen = scan.ClassToUse;
        bool explored = taken is { Explored: true };
        double limit = chosen == Class.None ? 0 : explored ? double.PositiveInfinity : scan.Best(chosen) * (1 + options.NearTie);
        double total = Tally(candidates, chosen, limit, explored);
        CandidateTerms[] terms = new CandidateTerms[candidates.Length];
        for (int i = 0; i < terms.Length; i++)
        {
            ref readonly Candidate candidate = ref candidates[i];
            bool drawn = InDraw(i, candidates, chosen, limit);
            Ineligibility verdict = Verdict(needs, candidate, now);
            if (verdict == Ineligibility.None && ClassOf(i, candidates) == Class.Hot && chosen == Class.Cold)
                verdict = Ineligibility.Hot;
            terms[i] = new CandidateTerms(
                candidate.Worker,
                candidate.Machine,
                verdict,
                CostTerms.Of(needs, candidate),
                candidate.Coefficient,
                candidate.CachedTokens,
                candidate.Running,
                candidate.RunningMax,
                candidate.FreeSlots,
                drawn ? Weight(candidate, explored) / total : 0);
        }

        Forget(candidates);
        return new RoutingDecision(needs.Model, explored, taken is { Found: true } choice ? candidates[choice.Index].Worker : null, terms);
    }

    /// <summary>Why <paramref name="candidate"/> cannot have the job, hot workers and slow start aside.</summary>
    public Ineligibility Verdict(JobNeeds needs, in Candidate candidate, TimeSpan now)
    {
        if ((candidate.Kinds & (1u << needs.Kind)) == 0)
            return Ineligibility.Kind;
        if (candidate.Tier < needs.Tier)
            return Ineligibility.Tier;
        if (candidate.ContextTokens < needs.ContextTokens)
            return Ineligibility.Context;
        if (candidate.Integrity < options.IntegrityMin)
            return Ineligibility.Integrity;
        if (needs.Avoid.Count > 0 && needs.Avoids(candidate.Worker))
            return Ineligibility.Avoided;
        if (candidate.Draining)
            return Ineligibility.Draining;
        if (candidate.EvidenceUntil <= now)
            return Ineligibility.EvidenceStale;
        if (candidate.Ejected)
            return Ineligibility.Ejected;
        if (candidate.Coefficient > needs.CoefficientCap)
            return Ineligibility.Price;
        if (candidate.RestsUntil > now)
            return Ineligibility.Resting;
        return candidate.FreeSlots > 0 ? Ineligibility.None : Ineligibility.NoSlot;
    }

    private Scan ScanAll(JobNeeds needs, ReadOnlySpan<Candidate> candidates, TimeSpan now)
    {
        if (costs.Length < candidates.Length)
            costs = new double[Math.Max(16, candidates.Length * 2)];
        Scan scan = new() { BestCold = double.PositiveInfinity, BestHot = double.PositiveInfinity, BestExcess = double.PositiveInfinity, Probe = -1 };
        for (int i = 0; i < candidates.Length; i++)
        {
            ref readonly Candidate candidate = ref candidates[i];
            Ineligibility verdict = Verdict(needs, candidate, now);
            scan.Established |= verdict is Ineligibility.None or Ineligibility.NoSlot or Ineligibility.Resting && !candidate.Newcomer;
            if (verdict != Ineligibility.None)
            {
                costs[i] = double.NaN;
                scan.Obstacles |= 1u << (int)verdict;
                if (verdict == Ineligibility.Price && (scan.CheapestBeyondCap == 0 || candidate.Coefficient < scan.CheapestBeyondCap))
                    scan.CheapestBeyondCap = candidate.Coefficient;
                continue;
            }

            double cost = CostTerms.Of(needs, candidate).Cost;
            costs[i] = cost;
            if (candidate.ProbeDue && scan.Probe < 0)
                scan.Probe = i;
            switch (ClassOf(i, candidates))
            {
                case Class.Cold:
                    scan.BestCold = Math.Min(scan.BestCold, cost);
                    break;
                case Class.Hot:
                    scan.BestHot = Math.Min(scan.BestHot, cost);
                    break;
                default:
                    scan.BestExcess = Math.Min(scan.BestExcess, cost);
                    scan.Obstacles |= 1u << (int)Ineligibility.NewcomerFull;
                    break;
            }
        }

        return scan;
    }

    private Class ClassOf(int index, ReadOnlySpan<Candidate> candidates)
    {
        if (double.IsNaN(costs[index]))
            return Class.None;
        ref readonly Candidate candidate = ref candidates[index];
        if (candidate.NewcomerFull)
            return Class.Excess;
        return candidate.Running > options.HotUtilisation * candidate.RunningMax ? Class.Hot : Class.Cold;
    }

    private bool InDraw(int index, ReadOnlySpan<Candidate> candidates, Class chosen, double limit)
        => costs[index] <= limit && ClassOf(index, candidates) == chosen;

    /// <summary>Among equals by 1/price²; when exploring each machine alike. Workers that share a machine share its weight.</summary>
    private double Weight(in Candidate candidate, bool explored)
    {
        int members = membersByMachine[candidate.Machine];
        return explored ? 1.0 / members : 1e6 / ((double)candidate.Coefficient * candidate.Coefficient * members);
    }

    private double Tally(ReadOnlySpan<Candidate> candidates, Class chosen, double limit, bool explored)
    {
        for (int i = 0; i < candidates.Length; i++)
        {
            int machine = candidates[i].Machine;
            if (machine >= membersByMachine.Length)
                Array.Resize(ref membersByMachine, Math.Max(16, (machine + 1) * 2));
            if (InDraw(i, candidates, chosen, limit))
                membersByMachine[machine]++;
        }

        double total = 0;
        for (int i = 0; i < candidates.Length; i++)
        {
            if (InDraw(i, candidates, chosen, limit))
                total += Weight(candidates[i], explored);
        }

        return total;
    }

    private int Draw(ReadOnlySpan<Candidate> candidates, Class chosen, double limit, bool explored)
    {
        double left = Tally(candidates, chosen, limit, explored) * random.NextUnit();
        int last = -1;
        for (int i = 0; i < candidates.Length; i++)
        {
            if (!InDraw(i, candidates, chosen, limit))
                continue;
            last = i;
            left -= Weight(candidates[i], explored);
            if (left < 0)
                break;
        }

        Forget(candidates);
        return last;
    }

    private void Forget(ReadOnlySpan<Candidate> candidates)
    {
        for (int i = 0; i < candidates.Length; i++)
            membersByMachine[candidates[i].Machine] = 0;
    }

    private struct Scan
    {
        public double BestCold { get; set; }

        public double BestHot { get; set; }

        public double BestExcess { get; set; }

        public bool Established { get; set; }

        public int Probe { get; set; }

        public uint Obstacles { get; set; }

        public int CheapestBeyondCap { get; set; }

        public readonly Class ClassToUse
            => !double.IsPositiveInfinity(BestCold) ? Class.Cold
                : !double.IsPositiveInfinity(BestHot) ? Class.Hot
                : !double.IsPositiveInfinity(BestExcess) && !Established ? Class.Excess
                : Class.None;

        public readonly double Best(Class chosen) => chosen switch
        {
            Class.Cold => BestCold,
            Class.Hot => BestHot,
            _ => BestExcess,
        };
    }
}
