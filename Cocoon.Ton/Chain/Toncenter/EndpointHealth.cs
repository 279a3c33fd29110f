namespace Cocoon.Ton.Chain.Toncenter;

/// <summary>An endpoint's bucket and its rests after failures: exponential, with jitter, and as long as the server asks. Thread safe.</summary>
internal sealed class EndpointHealth(ToncenterEndpoint endpoint, ToncenterOptions options, TimeProvider time, Random random)
{
    private readonly Lock gate = new();
    private readonly TokenBucket bucket = new(endpoint.RequestsPerSecond, endpoint.Burst, time);
    private int failures;
    private DateTimeOffset restsUntil = DateTimeOffset.MinValue;
    private string? lastProblem;

    public ToncenterEndpoint Endpoint => endpoint;

    /// <summary>How long a request would have to wait now: for the end of a rest and for its place in the bucket.</summary>
    public TimeSpan Delay
    {
        get
        {
            TimeSpan place = bucket.Delay;
            lock (gate)
            {
                TimeSpan rest = restsUntil - time.GetUtcNow();
                return rest > place ? rest : place;
            }
        }
    }

    public EndpointState State
    {
        get
        {
            lock (gate)
                return new EndpointState(endpoint.Name, failures, restsUntil > time.GetUtcNow() ? restsUntil : null, lastProblem);
        }
    }

    /// <summary>Takes a place in the bucket and says how long to wait for it.</summary>
    public TimeSpan Reserve()
    {
        TimeSpan rest = Delay;
        TimeSpan place = bucket.Reserve();
        return rest > place ? rest : place;
    }

    public void Succeeded()
    {
        lock (gate)
        {
            failures = 0;
            lastProblem = null;
            restsUntil = DateTimeOffset.MinValue;
        }
    }

    public void Failed(string problem, TimeSpan? retryAfter)
    {
        lock (gate)
        {
            failures++;
            lastProblem = problem;
            double factor = Math.Pow(2, Math.Min(failures - 1, 30));
            TimeSpan backoff = TimeSpan.FromTicks((long)Math.Min(options.BackoffFirst.Ticks * factor, options.BackoffMax.Ticks));

            // Between half and all of it, so that clients that failed together do not come back together.
            backoff *= 0.5 + (random.NextDouble() / 2);
            if (retryAfter is TimeSpan asked && asked > backoff)
                backoff = asked < options.BackoffMax ? asked : options.BackoffMax;
            restsUntil = time.GetUtcNow() + backoff;
        }
    }
}
