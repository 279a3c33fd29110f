using System.Security.Cryptography;
using Cocoon.Actors.Ports;
using Cocoon.Client.Keys;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Wire;

namespace Cocoon.Host.Nodes;

/// <summary>Asks a proxy node what everybody may know: whose it is, and what it pays.</summary>
internal static class OperatorProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The operator who certified the node at <paramref name="node"/>, which proves its key on the way. Who asks for the first time trusts
    /// the network to lead to the right node; from then on the key decides. Throws <see cref="IOException"/>.
    /// </summary>
    public static async Task<PublicKey> IdentifyAsync(HostPort node, string network, ISignatureVerifier verifier, CancellationToken cancellationToken)
    {
        await using TlsTransport transport = new(verifier, TimeProvider.System);
        // Nothing is proven with this key: the link ends when the other side has proven its own.
        using Ed25519Signer nobody = new(RandomNumberGenerator.GetBytes(KeyFile.SeedLength));
        DialTarget target = TargetOf(node, new Scope(NetworkId.Of(network), default), nobody);
        NodeCertificate certificate = await LinkQuestion<NodeCertificate>.AskAsync(
            transport, target, peer => peer.Certificate, question: null, Patience, cancellationToken);
        return certificate.Scope.Operator;
    }

    /// <summary>The operator's prices, asked as a worker. Throws <see cref="IOException"/>.</summary>
    public static async Task<PriceList> PricesAsync(
        HostPort node, Scope scope, ISigner worker, ISignatureVerifier verifier, CancellationToken cancellationToken)
    {
        await using TlsTransport transport = new(verifier, TimeProvider.System);
        return await LinkQuestion<PriceList>.AskAsync(
            transport,
            TargetOf(node, scope, worker),
            _ => null,
            (FrameKind.PriceListQuery, new PriceListQuery { Query = 1 }),
            Patience,
            cancellationToken);
    }

    private static DialTarget TargetOf(HostPort node, Scope scope, ISigner signer) => new(node.Host, node.Port, new LinkIdentity
    {
        Role = Role.Worker,
        Scope = scope,
        Signer = signer,
        Software = "cocoon",
    });
}
