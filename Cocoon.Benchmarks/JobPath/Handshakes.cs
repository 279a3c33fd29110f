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
/// New clients that dial a proxy at a given rate, become ready and leave. They run in a process of their own at the lowest priority: on
/// a real network their half of the work is done elsewhere. With port 0 they dial a listener in that same process: the work of both sides
/// on the same processors, none of it in the process that relays.
/// </summary>
internal static class Handshakes
{
    public const string Verb = "--dial";
    private const string Begun = "dialing";
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(3);

    /// <summary>Starts the process, and returns when it has dialed for a while.</summary>
    public static async Task<Process> StartAsync(int port, Scope scope, string network, int perSecond, int seconds)
    {
        string[] arguments =
        [
            "-n", "19", Environment.ProcessPath!, typeof(Handshakes).Assembly.Location, "path", Verb, $"{port}",
            Convert.ToHexString(scope.Operator.Value.AsSpan()), network, $"{perSecond}", $"{seconds}",
        ];
        Process process = ForeignProcess.Start(new ProcessStartInfo("nice", arguments) { RedirectStandardOutput = true, UseShellExecute = false });
        string? line = await process.StandardOutput.ReadLineAsync();
        return line == Begun ? process : throw new InvalidOperationException($"the dialers said '{line}'");
    }

    /// <summary>Waits for its end: how many became ready a second.</summary>
    public static async Task<double> EndAsync(Process process)
    {
        string figure = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return double.Parse(figure, CultureInfo.InvariantCulture);
    }

    /// <summary>What the process does: dials on time whatever became of the dials before.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        int port = int.Parse(args[0], CultureInfo.InvariantCulture);
        int perSecond = int.Parse(args[3], CultureInfo.InvariantCulture);
        TimeSpan length = TimeSpan.FromSeconds(int.Parse(args[4], CultureInfo.InvariantCulture));
        Ed25519Verifier verifier = new();
        using Ed25519Signer account = new(RandomNumberGenerator.GetBytes(32));
        Scope scope = new(NetworkId.Of(args[2]), port == 0 ? account.PublicKey : new PublicKey(Bytes32.From(Convert.FromHexString(args[1]))));
        LinkIdentity identity = new() { Role = Role.Client, Scope = scope, Signer = account, Software = "bench" };
        await using TlsTransport listeners = new(verifier, TimeProvider.System);
        await using TlsTransport dialers = new(verifier, TimeProvider.System);
        IListening? own = port == 0 ? Listen(listeners, scope, account) : null;
        int ready = 0;
        Task DialAsync(TimeSpan time) => DialForAsync(
            dialers, new DialTarget("127.0.0.1", own?.Port ?? port, identity), perSecond, time, () => Interlocked.Increment(ref ready));
        await DialAsync(Warm);
        Console.WriteLine(Begun);
        ready = 0;
        long start = Stopwatch.GetTimestamp();
        await DialAsync(length);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ready / seconds:0.0}"));
        if (own is not null)
            await own.DisposeAsync();
        return 0;
    }

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
