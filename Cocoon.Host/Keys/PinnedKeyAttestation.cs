using System.Collections.Frozen;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Host.Keys;

/// <summary>
/// Attestation for development: accepts keys that the configuration pins, by their signature over the challenge. It says nothing about the
/// software of a machine, so what it accepts is of the open tier; production does not accept its platform at all.
/// </summary>
internal sealed class PinnedKeyAttestation(IEnumerable<PublicKey> pinned, ISigner self, ISignatureVerifier verifier) : IAttestation
{
    public const string Platform = "development";

    private static readonly TimeSpan FreshFor = TimeSpan.FromHours(1);

    private readonly FrozenSet<PublicKey> pinned = pinned.ToFrozenSet();

    public ValueTask<AttestationEvidence> ProveAsync(AttestationChallenge challenge, CancellationToken cancellationToken)
    {
        if (challenge.Key != self.PublicKey)
            throw new AttestationException($"asked to prove {challenge.Key}, this side is {self.PublicKey}");
        byte[] signature = new byte[Statements.SignatureLength];
        self.Sign(Statement(challenge), signature);
        return ValueTask.FromResult(new AttestationEvidence(Platform, signature));
    }

    public ValueTask<AttestationVerdict> VerifyAsync(
        AttestationEvidence evidence, AttestationChallenge challenge, CancellationToken cancellationToken)
    {
        string? fault = evidence.Platform != Platform ? $"platform '{evidence.Platform}' is not accepted here, only '{Platform}'"
            : !pinned.Contains(challenge.Key) ? $"key {challenge.Key} is not pinned: add it to the configuration"
            : !verifier.Verify(challenge.Key, Statement(challenge), evidence.Bytes.Span) ? "the evidence is not signed by that key over this challenge"
            : null;
        return ValueTask.FromResult(fault is null
            ? new AttestationVerdict(true, Tier.Open, "pinned key", FreshFor)
            : new AttestationVerdict(false, Tier.Unspecified, fault, TimeSpan.Zero));
    }

    private static byte[] Statement(AttestationChallenge challenge) =>
        new DevelopmentEvidence(challenge.Scope, challenge.Role, challenge.Key, challenge.Nonce).ToStatement();
}
