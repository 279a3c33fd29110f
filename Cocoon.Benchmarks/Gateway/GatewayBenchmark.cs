using System.Diagnostics;
using System.Text;
using Cocoon.Client.Local;
using Cocoon.Host.Configuration;
using Cocoon.Host.Gateway;
using Cocoon.Inference.TestEngine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Benchmarks.Gateway;

/// <summary>
/// The HTTP surface alone: whole and streamed answers of the instant engine through the gateway, beside the same bytes from a bare Kestrel
/// endpoint in the same run. Client, gateway and engine share this process and its cores.
/// </summary>
internal static class GatewayBenchmark
{
    private const int StreamTokens = 256;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(string[] args)
    {
        GatewayOptions options = ClientOptions.Read(CocoonConfiguration.Load(null, [], new Dictionary<string, string>(StringComparer.Ordinal)).Tree).Gateway with
        {
            Listen = new HostPort("127.0.0.1", 0),
            RequireKey = false,
        };
        LocalJobClient client = new(
            new DeterministicEngine(new TestEngineOptions { Instant = true, AnswerTokens = StreamTokens, MaxConcurrent = 1000 }),
            new LocalJobClientOptions { Balance = new(long.MaxValue / 4) });
        await using GatewayServer gateway = await GatewayServer.StartAsync(options, "local", client, TimeProvider.System, NullLoggerFactory.Instance);
        using HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 128 }) { BaseAddress = gateway.Url };
        byte[] whole = await (await PostAsync(http, stream: false)).Content.ReadAsByteArrayAsync();
        byte[] stream = await (await PostAsync(http, stream: true)).Content.ReadAsByteArrayAsync();
        await using WebApplication bare = await StartBareAsync(whole, stream);
        using HttpClient direct = new(new SocketsHttpHandler { MaxConnectionsPerServer = 128 }) { BaseAddress = new Uri(bare.Urls.First()) };

        Report report = new("Gateway", args.Contains("--json"));
        foreach (int concurrent in (int[])[64, 16, 1])
        {
            (double rate, double median) = await MeasureAsync(http, concurrent, stream: false);
            (double bareRate, double bareMedian) = await MeasureAsync(direct, concurrent, stream: false);
            report.Row($"whole answers/s, {concurrent} at once", $"{rate:0}", $"{bareRate:0} bare Kestrel", $"{rate / bareRate:0.00}");
            report.Row($"median, {concurrent} at once", $"{median:0.000} ms", $"{bareMedian:0.000} ms", $"{median - bareMedian:+0.000;-0.000} ms");
            report.Figure($"answers_per_s_{concurrent}", rate);
            report.Figure($"answers_ratio_bare_{concurrent}", rate / bareRate);
            report.Figure($"added_ms_p50_{concurrent}", median - bareMedian);
        }

        (double streams, _) = await MeasureAsync(http, 16, stream: true);
        (double bareStreams, _) = await MeasureAsync(direct, 16, stream: true);
        report.Row($"streamed chunks/s ({StreamTokens} a stream), 16 at once", $"{streams * StreamTokens:0}", $"{bareStreams * StreamTokens:0} bare Kestrel", $"{streams / bareStreams:0.00}");
        report.Figure("chunks_per_s", streams * StreamTokens);
        report.Figure("chunks_ratio_bare", streams / bareStreams);
        report.Print();
        return 0;
    }

    private static async Task<WebApplication> StartBareAsync(byte[] whole, byte[] stream)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.MapPost("/v1/chat/completions", async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body);
            bool streamed = body.Length != Body(stream: false).Length;
            context.Response.ContentType = streamed ? "text/event-stream" : "application/json";
            await context.Response.Body.WriteAsync(streamed ? stream : whole);
        });
        await app.StartAsync();
        return app;
    }

    private static async Task<(double PerSecond, double MedianMs)> MeasureAsync(HttpClient http, int concurrent, bool stream)
    {
        await LoadAsync(http, concurrent, stream, Warm);
        (long count, TimeSpan elapsed, List<double> times) = await LoadAsync(http, concurrent, stream, Measured);
        times.Sort();
        return (count / elapsed.TotalSeconds, times[times.Count / 2]);
    }

    private static async Task<(long Count, TimeSpan Elapsed, List<double> Times)> LoadAsync(HttpClient http, int concurrent, bool stream, TimeSpan length)
    {
        long start = Stopwatch.GetTimestamp();
        List<double>[] all = await Task.WhenAll(Enumerable.Range(0, concurrent).Select(async _ =>
        {
            List<double> times = [];
            while (Stopwatch.GetElapsedTime(start) < length)
            {
                long begin = Stopwatch.GetTimestamp();
                using HttpResponseMessage response = await PostAsync(http, stream);
                await response.Content.CopyToAsync(Stream.Null);
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }

            return times;
        }));
        return (all.Sum(times => (long)times.Count), Stopwatch.GetElapsedTime(start), [.. all.SelectMany(times => times)]);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, bool stream)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions") { Content = new ByteArrayContent(Body(stream)) };
        HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return response.EnsureSuccessStatusCode();
    }

    private static byte[] Body(bool stream) => Encoding.UTF8.GetBytes(
        """{"model":"cocoon-test","messages":[{"role":"user","content":"Translate: the message could not be sent."}]""" + (stream ? ",\"stream\":true}" : "}"));
}
