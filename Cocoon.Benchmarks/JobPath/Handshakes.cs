using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Cocoon.Actors.Ports;
using Cocoon.Client.Keys;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Wire;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>
/// New clients that dial a proxy at a given rate, become ready and leave, in a process of their own that gets what nobody else wants of the
/// processors: on a real network their half of the work is done elsewhere. With port 0 they dial a listener in that same process: the work
/// of both sides on the same processors, none of it in the process that relays.
/// </summary>
internal sealed class Handshakes : IAsyncDisposable
{
    public const string Verb = "--dial";
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(4);
    private readonly Process process;

    private Handshakes(Process process) => this.process = process;

    /// <summary>Starts the process, and returns when it has dialed for a while: the first hundreds of handshakes are compiled while they run.</summary>
    public static async Task<Handshakes> StartAsync(int port, Scope scope, string network, int perSecond)
    {
        string[] arguments =
        [
            "-i", "0", Environment.ProcessPath!, typeof(Handshakes).Assembly.Location, "path", Verb, $"{port}",
            Convert.ToHexString(scope.Operator.Value.AsSpan()), network, $"{perSecond}",
        ];
        ProcessStartInfo info = new("chrt", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        Handshakes dialers = new(Process.Start(info)!);
        await dialers.DialAsync(Warm);
        return dialers;
    }

    /// <summary>Dials for so long; how many became ready a second.</summary>
    public async Task<double> DialAsync(TimeSpan length)
    {
        await process.StandardInput.WriteLineAsync(length.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        string? figure = await process.StandardOutput.ReadLineAsync();
        return double.TryParse(figure, CultureInfo.InvariantCulture, out double perSecond)
            ? perSecond
            : throw new InvalidOperationException($"the dialers said '{figure}'");
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>What the process does: a line is read, so many seconds are dialed, a line is written.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        int port = int.Parse(args[0], CultureInfo.InvariantCulture);
        int perSecond = int.Parse(args[3], CultureInfo.InvariantCulture);
        Ed25519Verifier verifier = new();
        using Ed25519Signer account = new(RandomNumberGenerator.GetBytes(32));
        Scope scope = new(NetworkId.Of(args[2]), port == 0 ? account.PublicKey : new PublicKey(Bytes32.From(Convert.FromHexString(args[1]))));
        LinkIdentity identity = new() { Role = Role.Client, Scope = scope, Signer = account, Software = "bench" };
        await using TlsTransport listeners = new(verifier, TimeProvider.System);
        await using TlsTransport dialers = new(verifier, TimeProvider.System);
        IListening? own = port == 0 ? Listen(listeners, scope, account) : null;
        DialTarget target = new("127.0.0.1", own?.Port ?? port, identity);
        while (Console.ReadLine() is { } line)
        {
            int ready = 0;
            long start = Stopwatch.GetTimestamp();
            TimeSpan length = TimeSpan.FromSeconds(double.Parse(line, CultureInfo.InvariantCulture));
            await DialForAsync(dialers, target, perSecond, length, () => Interlocked.Increment(ref ready));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ready / Stopwatch.GetElapsedTime(start).TotalSeconds:0.0}"));
        }

        if (own is not null)
            await own.DisposeAsync();
        return 0;
    }

    /// <summary>Dials on time whatever became of the dials before.</summary>
    private static async Task DialForAsync(TlsTransport transport, DialTarget target, int perSecond, TimeSpan length, Action ready)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < perSecond * length.TotalSeconds; i++)
        {
            TimeSpan early = TimeSpan.FromSeconds((double)i / perSecond) - Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.FromMilliseconds(1))
                await Task.Delay(early);
            transport.Dial(target, link => new Visitor(link, ready));
        }
    }

    private static IListening Listen(TlsTransport transport, Scope scope, Ed25519Signer key)
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        SignedStatement certificate = Statements.Sign(key, new NodeCertificate(scope, key.PublicKey, now, now + 3600).ToStatement());
        LinkIdentity identity = new() { Role = Role.Proxy, Scope = scope, Signer = key, Certificate = certificate, Software = "bench" };
        return transport.Listen(new ListenTarget("127.0.0.1", 0, () => identity), link => new Visitor(link, null));
    }
}
