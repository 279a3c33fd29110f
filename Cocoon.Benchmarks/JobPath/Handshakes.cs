using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Cocoon.Actors.Ports;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Cocoon.Wire;
using Google.Protobuf;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>
/// New clients that dial a proxy at a given rate, become ready and leave. They run in a process of their own at the lowest priority: on
/// a real network their half of the work is done elsewhere.
/// </summary>
internal static class Handshakes
{
    public const string Verb = "--dial";

    /// <summary>Starts the process.</summary>
    public static Process Start(int port, Scope scope, string network, int perSecond, int seconds)
    {
        string[] arguments =
        [
            "-n", "19", Environment.ProcessPath!, typeof(Handshakes).Assembly.Location, "path", Verb, $"{port}",
            Convert.ToHexString(scope.Operator.Value.AsSpan()), network, $"{perSecond}", $"{seconds}",
        ];
        return Process.Start(new ProcessStartInfo("nice", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
    }

    /// <summary>What the process does: dials on time whatever became of the dials before, and prints how many became ready a second.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        int port = int.Parse(args[0], CultureInfo.InvariantCulture);
        Scope scope = new(NetworkId.Of(args[2]), new PublicKey(Bytes32.From(Convert.FromHexString(args[1]))));
        int perSecond = int.Parse(args[3], CultureInfo.InvariantCulture);
        int count = perSecond * int.Parse(args[4], CultureInfo.InvariantCulture);
        Ed25519Verifier verifier = new();
        using Ed25519Signer account = new(RandomNumberGenerator.GetBytes(32));
        LinkIdentity identity = new() { Role = Role.Client, Scope = scope, Signer = account, Software = "bench" };
        await using TlsTransport transport = new(verifier, TimeProvider.System);
        Tally tally = new();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            TimeSpan early = TimeSpan.FromSeconds((double)i / perSecond) - Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.FromMilliseconds(1))
                await Task.Delay(early);
            transport.Dial(new DialTarget("127.0.0.1", port, identity), link => new Visitor(link, tally));
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tally.Ready / seconds:0.0}"));
        return 0;
    }

    private sealed class Tally
    {
        public int Ready;
    }

    private sealed class Visitor(ILink link, Tally tally) : ILinkHandler
    {
        public void OnPeer(LinkPeer peer) => link.Admit();

        public void OnReady()
        {
            Interlocked.Increment(ref tally.Ready);
            link.Close(LinkReason.Done, "only a visitor");
        }

        public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
        {
        }

        public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
        {
        }

        public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end)
        {
        }

        public void OnReset(uint stream, LinkReason reason, string detail)
        {
        }

        public void OnWritable(uint stream)
        {
        }

        public void OnLoad(int running, int max)
        {
        }

        public void OnClosed(LinkEnd end)
        {
        }
    }
}
