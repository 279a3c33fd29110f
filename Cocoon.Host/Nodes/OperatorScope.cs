using Cocoon.Host.Configuration;
using Cocoon.Protocol.Identity;

namespace Cocoon.Host.Nodes;

/// <summary>An operator of the configuration as signed statements name it.</summary>
internal static class OperatorScope
{
    /// <summary>Throws <see cref="IOException"/> when the operator's key is not configured: nothing can be signed for an unknown one.</summary>
    public static Scope Of(OperatorOptions options, string network, string section)
    {
        if (options.Key is null || !Bytes32.TryParseHex(options.Key, out Bytes32 key))
            throw new IOException($"{section}.operators.{options.Name}.key is missing: copy it from the proxy's first line of output");
        return new Scope(NetworkId.Of(network), new PublicKey(key));
    }
}
