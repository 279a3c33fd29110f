using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace Cocoon.Client.Network;

/// <summary>A purse on the wire: the first eight bytes of the SHA-256 of its API key, so that the key itself never leaves the gateway.</summary>
internal static class PurseId
{
    public static ByteString Of(string? key)
    {
        if (key is null)
            return ByteString.Empty;
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return ByteString.CopyFrom(hash[..8]);
    }
}
