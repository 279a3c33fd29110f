namespace Cocoon.Actors.Routing;

/// <summary>What a worker has proven about itself. Higher numbers serve lower requests, never the other way round.</summary>
public enum TrustTier
{
    /// <summary>An identity and nothing more: the machine's owner could read what it works on.</summary>
    Open = 1,

    /// <summary>Fresh attestation evidence accepted by the policy in force.</summary>
    Attested = 2,
}
