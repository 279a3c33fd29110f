using Cocoon.Actors.Ports;
using Cocoon.Client.Keys;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Protocol.Link;

namespace Cocoon.Tests.Host.Keys;

public class PinnedKeyAttestationTests
{
    private static readonly AttestationChallenge Challenge = new(Ends.Scope, Role.Worker, Ends.Account.PublicKey, Ends.Hash("nonce"));

    [Fact]
    public async Task A_pinned_key_that_signs_the_challenge_is_accepted_as_open()
    {
        AttestationEvidence evidence = await Prover().ProveAsync(Challenge, default);
        AttestationVerdict verdict = await Judge(Ends.Account.PublicKey).VerifyAsync(evidence, Challenge, default);
        Assert.Equal((true, Tier.Open), (verdict.Accepted, verdict.Tier));
    }

    [Fact]
    public async Task Anything_else_is_refused_with_the_reason()
    {
        AttestationEvidence evidence = await Prover().ProveAsync(Challenge, default);
        PinnedKeyAttestation judge = Judge(Ends.Account.PublicKey);
        Assert.Contains("not pinned", (await Judge().VerifyAsync(evidence, Challenge, default)).Reason, StringComparison.Ordinal);
        Assert.False((await judge.VerifyAsync(evidence, Challenge with { Nonce = default }, default)).Accepted);
        Assert.False((await judge.VerifyAsync(evidence, Challenge with { Role = Role.Client }, default)).Accepted);
        Assert.False((await judge.VerifyAsync(evidence with { Platform = "tdx" }, Challenge, default)).Accepted);
        Assert.False((await judge.VerifyAsync(evidence with { Bytes = new byte[3] }, Challenge, default)).Accepted);
        await Assert.ThrowsAsync<AttestationException>(async () => await Prover().ProveAsync(Challenge with { Key = Ends.Node.PublicKey }, default));
    }

    private static PinnedKeyAttestation Prover() => new([], Ends.Account, new Ed25519Verifier());

    private static PinnedKeyAttestation Judge(params PublicKey[] pinned) => new(pinned, Ends.Node, new Ed25519Verifier());
}
