namespace Cocoon.Actors.Routing;

/// <summary>
/// A share of the work: every first attempt pays in a fraction, every extra one takes out a whole. Counted by work and not by time, so
/// an idle node does not save up more than its bound and a busy one never doubles its own load.
/// </summary>
internal sealed class TokenBudget(double share, double savedMax, double initial)
{
    private double saved = Math.Min(initial, savedMax);

    /// <summary>What is left.</summary>
    public double Saved => saved;

    /// <summary>A first attempt was made.</summary>
    public void PayIn() => saved = Math.Min(savedMax, saved + share);

    /// <summary>Takes one out, if there is one.</summary>
    public bool TryTake()
    {
        if (saved < 1)
            return false;
        saved -= 1;
        return true;
    }

    /// <summary>Gives one back that was taken for nothing.</summary>
    public void GiveBack() => saved = Math.Min(savedMax, saved + 1);
}
