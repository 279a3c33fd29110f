using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Ports;

/// <summary>Proves which software this machine runs, and judges the proofs of others. Renewed in band while a link lives.</summary>
public interface IAttestation
{
    /// <summary>Evidence over a challenge, bound to this side's key. Throws <see cref="AttestationException"/> when the platform cannot give any.</summary>
    ValueTask<AttestationEvidence> ProveAsync(AttestationChallenge challenge, CancellationToken cancellationToken);

    /// <summary>Judges evidence for a challenge that this side made.</summary>
    ValueTask<AttestationVerdict> VerifyAsync(
        AttestationEvidence evidence, AttestationChallenge challenge, CancellationToken cancellationToken);
}

/// <summary>What evidence must be bound to.</summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="Role">Role of the side that proves.</param>
/// <param name="Key">Key of the side that proves, as the link has proven it.</param>
/// <param name="Nonce">Fresh bytes of the side that asks.</param>
public sealed record AttestationChallenge(Scope Scope, Role Role, PublicKey Key, Bytes32 Nonce);

/// <summary>A platform's proof.</summary>
/// <param name="Platform">Which form it has: <c>tdx</c>, <c>sev-snp</c>, <c>development</c>.</param>
/// <param name="Bytes">The proof, at most 1 MiB.</param>
public sealed record AttestationEvidence(string Platform, ReadOnlyMemory<byte> Bytes);

/// <summary>The outcome of judging evidence.</summary>
/// <param name="Accepted">Whether it holds.</param>
/// <param name="Tier">The trust tier that it earns; unspecified when refused.</param>
/// <param name="Reason">What was found, for logs and the other side.</param>
/// <param name="FreshFor">How long it may be relied on; then it must be renewed.</param>
public sealed record AttestationVerdict(bool Accepted, Tier Tier, string Reason, TimeSpan FreshFor);

/// <summary>The platform gives no evidence; the message says why and what to do.</summary>
public sealed class AttestationException(string message) : Exception(message);
