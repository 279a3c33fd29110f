using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cocoon.Benchmarks.Wire;

/// <summary>The floor: TLS 1.3 on loopback with Pipelines and a length before each body. No streams, credit, sequence or state.</summary>
internal sealed class RawTls : IAsyncDisposable
{
    private const int FramesPerFlush = 200;

    private readonly SslStream client;
    private readonly SslStream server;

    private RawTls(SslStream client, SslStream server) => (this.client, this.server) = (client, server);

    public static async Task<RawTls> ConnectAsync()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Socket near = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(listener.LocalEndpoint);
        Socket far = await listener.AcceptSocketAsync();
        far.NoDelay = true;
        SslStream client = new(new NetworkStream(near, ownsSocket: true));
        SslStream server = new(new NetworkStream(far, ownsSocket: true));
        await Task.WhenAll(
            server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = Make(),
                EnabledSslProtocols = SslProtocols.Tls13,
            }),
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "raw",
                EnabledSslProtocols = SslProtocols.Tls13,
                RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
            }));
        return new RawTls(client, server);
    }

    /// <summary>Microseconds of each round trip of one body.</summary>
    public async Task<double[]> RoundTripsAsync(int count, int bodyBytes)
    {
        Task echo = EchoAsync(count);
        PipeReader reader = PipeReader.Create(client);
        PipeWriter writer = PipeWriter.Create(client);
        byte[] body = new byte[bodyBytes];
        double[] micros = new double[count];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            WriteFrame(writer, body);
            await writer.FlushAsync();
            await ReadFramesAsync(reader, 1, null);
            micros[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        await echo;
        return micros;
    }

    /// <summary>Frames per second, one way.</summary>
    public async Task<double> OneWayAsync(int count, int bodyBytes)
    {
        PipeReader reader = PipeReader.Create(server);
        Task received = Task.Run(() => ReadFramesAsync(reader, count, null));
        PipeWriter writer = PipeWriter.Create(client);
        byte[] body = new byte[bodyBytes];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            WriteFrame(writer, body);
            if (i % FramesPerFlush == FramesPerFlush - 1)
                await writer.FlushAsync();
        }

        await writer.FlushAsync();
        await received;
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    private Task EchoAsync(int count) => Task.Run(async () =>
    {
        PipeReader reader = PipeReader.Create(server);
        PipeWriter writer = PipeWriter.Create(server);
        await ReadFramesAsync(reader, count, writer);
    });

    private static void WriteFrame(PipeWriter writer, ReadOnlySpan<byte> body)
    {
        Span<byte> frame = writer.GetSpan(4 + body.Length);
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length);
        body.CopyTo(frame[4..]);
        writer.Advance(4 + body.Length);
    }

    private static async Task ReadFramesAsync(PipeReader reader, int count, PipeWriter? echo)
    {
        while (count > 0)
        {
            ReadResult read = await reader.ReadAsync();
            ReadOnlySequence<byte> rest = read.Buffer;
            while (count > 0 && TryReadFrame(ref rest, out ReadOnlySequence<byte> body))
            {
                count--;
                if (echo is not null)
                    WriteFrame(echo, body.FirstSpan);
            }

            reader.AdvanceTo(rest.Start, rest.End);
            if (echo is not null)
                await echo.FlushAsync();
        }
    }

    private static bool TryReadFrame(ref ReadOnlySequence<byte> rest, out ReadOnlySequence<byte> body)
    {
        SequenceReader<byte> reader = new(rest);
        body = default;
        if (!reader.TryReadLittleEndian(out int length) || reader.Remaining < length)
            return false;
        body = rest.Slice(4, length);
        rest = rest.Slice(body.End);
        return true;
    }

    private static X509Certificate2 Make()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=raw", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
    }
}
