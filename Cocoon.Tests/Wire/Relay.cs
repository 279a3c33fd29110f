using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cocoon.Tests.Wire;

/// <summary>Passes bytes between a port of its own and another; can cut what passes.</summary>
internal class Relay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int target;
    private readonly List<Socket> sockets = [];
    private readonly Task accepting;

    public Relay(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Whether new connections are dropped at once.</summary>
    public bool Blocked { get; set; }

    /// <summary>Whether bytes wait here, as in a network that has fallen silent.</summary>
    public bool Stopped { get; set; }

    /// <summary>Resets every connection, as a machine that dies.</summary>
    public void Kill()
    {
        lock (sockets)
        {
            foreach (Socket socket in sockets)
                socket.Close(0);
            sockets.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        Kill();
        await accepting;
        GC.SuppressFinalize(this);
    }

    protected virtual async Task<(Stream Near, Stream Far)> OpenAsync(Socket near, Socket far)
    {
        await Task.CompletedTask;
        return (new NetworkStream(near), new NetworkStream(far));
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket near;
            try
            {
                near = await listener.AcceptSocketAsync();
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // Stopped, while it waited or just before.
                return;
            }

            Socket far = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (!await TryConnectAsync(near, far))
            {
                near.Close(0);
                far.Close(0);
                continue;
            }

            _ = PassAsync(near, far);
        }
    }

    /// <summary>False when it is blocked, or was cut meanwhile, or nobody listens there.</summary>
    private async Task<bool> TryConnectAsync(Socket near, Socket far)
    {
        lock (sockets)
        {
            if (Blocked)
                return false;
            sockets.AddRange([near, far]);
        }

        try
        {
            near.NoDelay = true;
            await far.ConnectAsync(IPAddress.Loopback, target);
            return true;
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task CopyAsync(Stream from, Stream to)
    {
        byte[] buffer = new byte[64 << 10];
        while (await from.ReadAsync(buffer) is > 0 and int count)
        {
            while (Stopped)
                await Task.Delay(5);
            await to.WriteAsync(buffer.AsMemory(0, count));
        }
    }

    private async Task PassAsync(Socket near, Socket far)
    {
        try
        {
            (Stream left, Stream right) = await OpenAsync(near, far);
            await Task.WhenAny(CopyAsync(left, right), CopyAsync(right, left));
        }
        catch (Exception fault) when (fault is IOException or AuthenticationException or ObjectDisposedException)
        {
            // The test cut it.
        }

        near.Close(0);
        far.Close(0);
    }
}

/// <summary>A man in the middle: ends TLS on both sides, with a key of its own and without a certificate as a client does, and passes the plain bytes.</summary>
internal sealed class TlsRelay(int target) : Relay(target)
{
    private static readonly X509Certificate2 Certificate = Make();

    /// <summary>A middleman takes what it gets.</summary>
    public static bool Any(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => certificate is not null;

    public static SslClientAuthenticationOptions ClientOptions() => new()
    {
        TargetHost = "cocoon",
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = [new SslApplicationProtocol("cocoon/1")],
        RemoteCertificateValidationCallback = Any,
    };

    protected override async Task<(Stream Near, Stream Far)> OpenAsync(Socket near, Socket far)
    {
        SslStream left = new(new NetworkStream(near));
        await left.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = Certificate,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [new SslApplicationProtocol("cocoon/1")],
        });
        SslStream right = new(new NetworkStream(far));
        await right.AuthenticateAsClientAsync(ClientOptions());
        return (left, right);
    }

    private static X509Certificate2 Make()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=middle", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
    }
}
