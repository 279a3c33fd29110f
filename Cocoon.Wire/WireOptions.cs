using System.Security.Authentication;

namespace Cocoon.Wire;

/// <summary>Limits and times of sockets and TLS.</summary>
public sealed record WireOptions
{
    /// <summary>Connections that may be in their handshake at once on a listener; more are dropped at once. Default 256.</summary>
    public int MaxHandshakes { get; init; } = 256;

    /// <summary>The same for one remote address, so that one host cannot fill the lane. Default 64.</summary>
    public int MaxHandshakesPerAddress { get; init; } = 64;

    /// <summary>Connections of a listener in all; more are dropped at once. Default 10,000.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Threads that do the arithmetic of handshakes, at lower priority than relaying. Default 1.</summary>
    public int HandshakeThreads { get; init; } = 1;

    /// <summary>Time for connecting to one address of a name. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time for the TLS handshake as a whole, however slowly its bytes come. Default 10 s.</summary>
    public TimeSpan TlsTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for the last frame to leave when the link closes. Default 2 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Life of a TLS certificate; a new one is made at half of it. Default 24 h.</summary>
    public TimeSpan CertificateLife { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How often pings and timeouts of all links are looked at. Default 250 ms.</summary>
    public TimeSpan TickEvery { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Most bytes handed to TLS in one write. What is written can no longer be overtaken, so this and <see cref="UnsentBytes"/> bound how long
    /// a small frame waits behind a large upload. Default 32 KiB.
    /// </summary>
    public int WriteBytes { get; init; } = 32 << 10;

    /// <summary>Bytes that may lie unsent in the kernel (TCP_NOTSENT_LOWAT, Linux and macOS). Default 32 KiB.</summary>
    public int UnsentBytes { get; init; } = 32 << 10;

    /// <summary>The only TLS version.</summary>
    internal const SslProtocols Tls = SslProtocols.Tls13;
}
