using System.Globalization;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>Addresses as text: <c>host:port</c>, <c>[::1]:port</c>.</summary>
internal static class Endpoints
{
    public static bool TryRead(string text, out Endpoint endpoint)
    {
        endpoint = new Endpoint();
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return false;
        endpoint.Host = text[..colon].Trim('[', ']');
        endpoint.Port = port;
        return true;
    }
}
