using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Link;

/// <summary>Who one side is, on every link of it.</summary>
public sealed record LinkIdentity
{
    /// <summary>This side's role; a listener is a proxy.</summary>
    public required Role Role { get; init; }

    /// <summary>
    /// Network, and the operator who is meant to be on the other side, or whom this proxy belongs to. A dialer that does not know the
    /// operator yet leaves it zero: who answers is proven all the same, and stands in <see cref="LinkPeer.Certificate"/>.
    /// </summary>
    public required Scope Scope { get; init; }

    /// <summary>The account's, worker's or node's key.</summary>
    public required ISigner Signer { get; init; }

    /// <summary>A proxy's certificate by its operator.</summary>
    public SignedStatement? Certificate { get; init; }

    /// <summary>The newest ledger heads that this side holds, at most 512.</summary>
    public IReadOnlyList<Head> Heads { get; init; } = [];

    /// <summary>Name and version for the other side's log, at most 64 bytes.</summary>
    public string Software { get; init; } = "";

    /// <summary>Limits and times.</summary>
    public LinkOptions Options { get; init; } = new();
}

/// <summary>What a link needs to know of one connection.</summary>
public sealed record LinkSetup
{
    /// <summary>Whether this side dialed.</summary>
    public required LinkSide Side { get; init; }

    /// <summary>Who this side is.</summary>
    public required LinkIdentity Identity { get; init; }

    /// <summary>Checks the other side's signatures.</summary>
    public required ISignatureVerifier Verifier { get; init; }

    /// <summary>Fresh random bytes, never used for another connection.</summary>
    public required Bytes32 Nonce { get; init; }

    /// <summary>The transport's keys and channel binding, as this side sees them.</summary>
    public required ChannelKeys Channel { get; init; }

    /// <summary>The wall clock at the start, for the expiry of certificates.</summary>
    public required long UnixSeconds { get; init; }

    /// <summary>The key that the other side must have; null = any that is proven.</summary>
    public PublicKey? ExpectedPeer { get; init; }

    /// <summary>Where the other side's connection comes from, as the transport sees it; empty = not known.</summary>
    public string PeerAddress { get; init; } = "";
}

/// <summary>The other side of a link, as it has proven itself.</summary>
/// <param name="Role">Its role.</param>
/// <param name="Key">The key it holds.</param>
/// <param name="Certificate">A proxy's certificate; null for others.</param>
/// <param name="Version">The protocol version of this link.</param>
/// <param name="Software">What it calls itself.</param>
/// <param name="Heads">Ledger heads it showed: not verified yet, see <see cref="Receipts.BatchRoot.TryVerify"/>.</param>
public sealed record LinkPeer(
    Role Role, PublicKey Key, NodeCertificate? Certificate, int Version, string Software, IReadOnlyList<Head> Heads)
{
    /// <summary>Where its connection comes from, without the port: observed, not claimed. Empty = not known.</summary>
    public string Address { get; init; } = "";

    /// <summary>The account of a client.</summary>
    public AccountId Account => AccountId.Of(Key);
}
