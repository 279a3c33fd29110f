namespace Cocoon.Actors.Proxy;

/// <summary>Running counts of a fleet.</summary>
internal sealed class FleetTally
{
    public readonly long[] Refused = new long[(int)RefusalReason.BadRequest + 1];

    public long Retries { get; set; }

    public long Hedges { get; set; }

    public long LateReleases { get; set; }

    public long Reclaimed { get; set; }

    public long EjectionsWithheld { get; set; }

    public FleetCounts ToCounts(int inFlight)
    {
        SortedDictionary<RefusalReason, long> refused = [];
        for (int reason = 1; reason < Refused.Length; reason++)
        {
            if (Refused[reason] > 0)
                refused[(RefusalReason)reason] = Refused[reason];
        }

        return new FleetCounts
        {
            InFlight = inFlight,
            Retries = Retries,
            Hedges = Hedges,
            LateReleases = LateReleases,
            Reclaimed = Reclaimed,
            EjectionsWithheld = EjectionsWithheld,
            Refused = refused,
        };
    }
}
