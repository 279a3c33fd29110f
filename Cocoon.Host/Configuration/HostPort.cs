using System.Globalization;

namespace Cocoon.Host.Configuration;

/// <summary>A host (name, IPv4, or IPv6 without its brackets) and a port.</summary>
/// <param name="Host">The host.</param>
/// <param name="Port">0 to 65,535; 0 lets the system choose when listening.</param>
internal readonly record struct HostPort(string Host, int Port)
{
    public static bool TryParse(string text, out HostPort endpoint)
    {
        endpoint = default;
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return false;
        string host = text[..colon];
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (bracketed)
            host = host[1..^1];
        bool valid = bracketed
            ? Uri.CheckHostName(host) == UriHostNameType.IPv6
            : Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
        endpoint = new HostPort(host, port);
        return valid;
    }

    /// <summary>The form that <see cref="TryParse"/> reads.</summary>
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
