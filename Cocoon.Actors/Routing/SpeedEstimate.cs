namespace Cocoon.Actors.Routing;

/// <summary>
/// What one worker's speed on one model has been. Prompt: seconds to the first token over (uncached tokens + a fixed part). Output: seconds per
/// token against the number of jobs running, a decayed least-squares line of slope 0 or more. Both lean on the fleet's median until
/// there is evidence.
/// </summary>
internal sealed class SpeedEstimate(TimeSpan halfLife)
{
    // As many tokens of prompt, and as many answers, as the prior counts for.
    private const double PriorPromptTokens = 256;
    private const double PriorAnswers = 2;

    // Jobs squared: keeps the slope near zero until loads have differed.
    private const double SlopeRidge = 1;
    private double promptSeconds;
    private double promptTokens;
    private double weight;
    private double running;
    private double runningSquared;
    private double seconds;
    private double runningSeconds;
    private TimeSpan updated;

    /// <summary>Whether this estimate says enough of its own to count in the fleet's median.</summary>
    public bool IsMeasured => weight >= 1;

    /// <summary>Adds the time to a first token.</summary>
    public void AddPrompt(TimeSpan now, int uncachedTokens, double firstTokenSeconds)
    {
        Fade(now);
        promptSeconds += Math.Max(0, firstTokenSeconds);
        promptTokens += Math.Max(0, uncachedTokens) + CostTerms.FixedPromptTokens;
    }

    /// <summary>Adds an answer: its seconds per token while <paramref name="runningJobs"/> ran, itself among them.</summary>
    public void AddOutput(TimeSpan now, int runningJobs, double secondsPerToken)
    {
        Fade(now);
        double s = Math.Max(0, secondsPerToken);
        weight += 1;
        running += runningJobs;
        runningSquared += (double)runningJobs * runningJobs;
        seconds += s;
        runningSeconds += runningJobs * s;
    }

    /// <summary>Seconds per uncached prompt token.</summary>
    public double PromptSecondsPerToken(double median)
        => (promptSeconds + (PriorPromptTokens * median)) / (promptTokens + PriorPromptTokens);

    /// <summary>Seconds per answer token with <paramref name="runningJobs"/> running, the new one among them.</summary>
    public double OutputSecondsPerToken(int runningJobs, double median)
    {
        double mean = (seconds + (PriorAnswers * median)) / (weight + PriorAnswers);
        if (weight <= 0)
            return mean;
        double meanRunning = running / weight;
        double covariance = (runningSeconds / weight) - (meanRunning * (seconds / weight));
        double variance = (runningSquared / weight) - (meanRunning * meanRunning);
        double slope = Math.Max(0, covariance / (variance + SlopeRidge));
        // Loads far below those seen would extrapolate to nothing or less: a quarter of the mean is the floor.
        return Math.Max(0.25 * mean, mean + (slope * (runningJobs - meanRunning)));
    }

    /// <summary>Forgets with time, back toward the median.</summary>
    public void Fade(TimeSpan now)
    {
        double factor = Decay.Factor(now - updated, halfLife);
        promptSeconds *= factor;
        promptTokens *= factor;
        weight *= factor;
        running *= factor;
        runningSquared *= factor;
        seconds *= factor;
        runningSeconds *= factor;
        updated = now;
    }
}
