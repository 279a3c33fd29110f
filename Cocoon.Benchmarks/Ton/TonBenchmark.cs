using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Benchmarks.Ton;

/// <summary>
/// Parses and writes a message of 254 payouts beside @ton/core under Node, and signs beside <c>openssl speed</c>, on one core each.
/// Rounds alternate; medians are reported. Both sides must give the same bytes first.
/// </summary>
internal static class TonBenchmark
{
    private const int Rounds = 5;
    private const int RoundMs = 1_000;
    private const int WarmupMs = 1_500;

    public static async Task<int> RunAsync(string[] args)
    {
        Cell root = CreateBatch();
        byte[] boc = root.ToBoc();
        using NodePeer peer = await NodePeer.StartAsync();
        JsonElement loaded = await peer.AskAsync($"load {Convert.ToBase64String(boc)}");
        if (loaded.GetProperty("hash").GetString() != root.Hash.ToString() || loaded.GetProperty("boc").GetString() != Convert.ToBase64String(boc))
            throw new InvalidOperationException("Cocoon.Ton and @ton/core disagree about the same cells");

        byte[] seed = SHA256.HashData("benchmark"u8);
        using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(seed);
        byte[] hash = root.Hash.ToArray();
        byte[] signature = key.Sign(hash);
        byte[] publicKey = key.PublicKey.ToArray();
        Series parse = new(), serialise = new(), sign = new(), verify = new();
        for (int round = -1; round < Rounds; round++)
        {
            int ms = round < 0 ? WarmupMs : RoundMs;
            parse.Add(round, Rate(() => Cell.FromBoc(boc), ms), await peer.RateAsync("parse", ms));
            serialise.Add(round, Rate(() => root.ToBoc(), ms), await peer.RateAsync("serialise", ms));
            (double opensslSign, double opensslVerify) = await OpenSslSpeedAsync();
            sign.Add(round, Rate(() => key.Sign(hash, signature), 2 * ms), opensslSign);
            verify.Add(round, Rate(() => Ed25519.Verify(publicKey, hash, signature), ms), opensslVerify);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Cell.FromBoc(boc);
        double allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)boc.Length;
        Print(new Report($"TON, one core ({Curve25519.ImplementationName}; {boc.Length} bytes, 254 payouts)", args.Contains("--json")),
            parse, serialise, sign, verify, allocated);
        return 0;
    }

    private static void Print(Report report, Series parse, Series serialise, Series sign, Series verify, double allocated)
    {
        report.Row("parse and hash", $"{parse.Here:N0}/s", $"{parse.Peer:N0}/s @ton/core", $"{parse.Ratio:0.0}", "≥ 5");
        report.Row("serialise", $"{serialise.Here:N0}/s", $"{serialise.Peer:N0}/s @ton/core", $"{serialise.Ratio:0.0}", "≥ 5");
        report.Row("Ed25519 sign", $"{sign.Here:N0}/s", $"{sign.Peer:N0}/s openssl speed", $"{sign.Ratio:0.00}", "≥ 0.8");
        report.Row("Ed25519 verify", $"{verify.Here:N0}/s", $"{verify.Peer:N0}/s openssl speed", $"{verify.Ratio:0.00}");
        report.Row("parse: bytes allocated per input byte", $"{allocated:0.0}");
        report.Figure("parse_per_s", parse.Here);
        report.Figure("parse_ratio", parse.Ratio);
        report.Figure("serialise_per_s", serialise.Here);
        report.Figure("serialise_ratio", serialise.Ratio);
        report.Figure("sign_per_s", sign.Here);
        report.Figure("sign_ratio_openssl", sign.Ratio);
        report.Figure("verify_per_s", verify.Here);
        report.Figure("verify_ratio_openssl", verify.Ratio);
        report.Figure("parse_allocated_per_byte", allocated);
        report.Print();
    }

    private static Cell CreateBatch()
    {
        byte[] seed = SHA256.HashData("payouts"u8);
        using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(seed);
        HighloadWalletV3 wallet = new(new Bits256(key.PublicKey));
        OutgoingMessage[] payouts = [.. Enumerable.Range(0, HighloadWalletV3.MaxMessages).Select(number => new OutgoingMessage(
            Message.Internal(
                new Address(0, new Bits256(SHA256.HashData(BitConverter.GetBytes(number)))), Coins.FromNano(1_000_000_000 + number), bounce: false),
            SendMode.PayFeesSeparately))];
        UnsignedBody batch = wallet.CreateBatch(HighloadQueryId.FromSequence(1), 1_760_000_000, payouts, Coins.Parse("1"));
        return wallet.CreateExternal(batch.Sign(key)).ToCell();
    }

    private static double Rate(Action action, int milliseconds)
    {
        long start = Stopwatch.GetTimestamp();
        long count = 0;
        TimeSpan elapsed;
        do
        {
            action();
            count++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed.TotalMilliseconds < milliseconds);
        return count / elapsed.TotalSeconds;
    }

    /// <summary>The last line ends with signatures and verifications per second.</summary>
    private static async Task<(double Sign, double Verify)> OpenSslSpeedAsync()
    {
        using Process openssl = NodePeer.Start("openssl", ["speed", "-elapsed", "-seconds", "2", "ed25519"], ".");
        string output = await openssl.StandardOutput.ReadToEndAsync();
        string[] words = output.TrimEnd().Split('\n')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (double.Parse(words[^2], CultureInfo.InvariantCulture), double.Parse(words[^1], CultureInfo.InvariantCulture));
    }

    /// <summary>Rounds of one measure, here and at the peer; the ratio is the median of the rounds' ratios.</summary>
    private sealed class Series
    {
        private readonly List<double> here = [];
        private readonly List<double> peer = [];

        public double Here => Median(here);

        public double Peer => Median(peer);

        public double Ratio => Median([.. here.Zip(peer, (own, other) => own / other)]);

        public void Add(int round, double own, double other)
        {
            if (round < 0)
                return;
            here.Add(own);
            peer.Add(other);
        }

        private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
    }
}
