namespace Cocoon.Ton.Chain;

/// <summary>Whether the chain is within reach.</summary>
/// <param name="IsReachable">False after a call that no endpoint answered, until one answers. True at the start.</param>
/// <param name="Since">When that began.</param>
/// <param name="Problem">Why the last call failed; null while reachable.</param>
/// <param name="Endpoints">Each endpoint's own state.</param>
public sealed record ChainState(bool IsReachable, DateTimeOffset Since, string? Problem, IReadOnlyList<EndpointState> Endpoints);

/// <summary>An endpoint's own state.</summary>
/// <param name="Name">Scheme, host and port: no path, no key.</param>
/// <param name="ConsecutiveFailures">Failures since the last success.</param>
/// <param name="RestsUntil">It is not asked before this; null when it may be asked.</param>
/// <param name="LastProblem">Its last failure, or null.</param>
public sealed record EndpointState(string Name, int ConsecutiveFailures, DateTimeOffset? RestsUntil, string? LastProblem);

/// <summary>No endpoint answered in time: the chain's state is unknown. Nothing may be concluded from it; try again later.</summary>
public sealed class ChainUnavailableException(string message) : IOException(message);

/// <summary>An endpoint refuses the request as such (unknown method, wrong argument): trying again does not help.</summary>
public sealed class ChainRequestException(string message, int code) : InvalidOperationException(message)
{
    /// <summary>The endpoint's code: an HTTP status.</summary>
    public int Code { get; } = code;
}
