using System.Security.Cryptography;
using System.Text;

namespace Cocoon.Protocol.Identity;

/// <summary>A network: SHA-256 of its name in UTF-8, so that a statement for a test network is worth nothing on the real one.</summary>
public readonly record struct NetworkId(Bytes32 Value)
{
    /// <summary>The id of the network called <paramref name="name"/>.</summary>
    public static NetworkId Of(string name)
    {
        Bytes32 hash = default;
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return new NetworkId(hash);
    }

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString();
}

/// <summary>Where a signed statement holds: one operator on one network. Every statement names both.</summary>
/// <param name="Network">The network.</param>
/// <param name="Operator">The operator's key.</param>
public readonly record struct Scope(NetworkId Network, PublicKey Operator);
