namespace Cocoon.Ton.Chain.Toncenter;

/// <summary>How to talk to servers of the toncenter v2 API.</summary>
public sealed record ToncenterOptions
{
    /// <summary>The servers, at least one; all of one network. The one with the shortest wait is asked.</summary>
    public required IReadOnlyList<ToncenterEndpoint> Endpoints { get; init; }

    /// <summary>How long one request may take, 10 seconds at most. Default 10 seconds.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one call may take with all its attempts. Default 30 seconds.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts of one call, over all endpoints. Default 5.</summary>
    public int AttemptsMax { get; init; } = 5;

    /// <summary>An endpoint's rest after its first failure; doubles with each further one. Default 250 ms.</summary>
    public TimeSpan BackoffFirst { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest rest. Default 30 seconds.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether to ask for nodes that keep all history. Switch off for an own server that has none. Default true.</summary>
    public bool RequestArchival { get; init; } = true;

    /// <summary>The longest answer to read, in bytes. Default 8 MiB.</summary>
    public int ResponseBytesMax { get; init; } = 8 << 20;

    internal void Validate()
    {
        if (Endpoints.Count == 0)
            throw new ArgumentException("at least one endpoint is needed");
        if (RequestTimeout <= TimeSpan.Zero || RequestTimeout > TimeSpan.FromSeconds(10))
            throw new ArgumentException($"a request's timeout is above 0 and at most 10 seconds, not {RequestTimeout}");
        if (AttemptsMax < 1 || ResponseBytesMax < 1_024 || BackoffFirst <= TimeSpan.Zero || BackoffMax < BackoffFirst || CallTimeout <= TimeSpan.Zero)
            throw new ArgumentException("attempts, back-off, call timeout and response size must be positive, and the longest back-off not below the first");
        foreach (ToncenterEndpoint endpoint in Endpoints)
        {
            if (!(endpoint.RequestsPerSecond > 0) || endpoint.Burst < 1)
                throw new ArgumentException($"{endpoint.Name}: requests a second and burst must be positive");
        }
    }
}
