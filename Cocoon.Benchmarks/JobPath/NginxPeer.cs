using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>
/// The peer: the same request over plain HTTP through two nginx, kept-alive on every hop, to a stand-in that sends the same answer at once.
/// nginx does no TLS, no accounts and no settlement.
/// </summary>
internal sealed class NginxPeer : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"];

    private readonly WebApplication standIn;
    private readonly List<Process> running = [];
    private readonly HttpClient http;

    private NginxPeer(WebApplication standIn, int port)
    {
        this.standIn = standIn;
        http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    /// <summary>Whether nginx is installed here; scripts/install-nginx does it on Debian.</summary>
    public static string? Find() => Array.Find(Places, File.Exists);

    public static async Task<NginxPeer> StartAsync(string folder, string program, byte[] answer)
    {
        WebApplication standIn = await StartStandInAsync(answer);
        int target = new Uri(standIn.Urls.First()).Port;
        int inner = FreePort();
        int outer = FreePort();
        NginxPeer peer = new(standIn, outer);
        peer.Launch(folder, program, "inner", inner, target);
        peer.Launch(folder, program, "outer", outer, inner);
        await peer.WaitAsync();
        return peer;
    }

    /// <summary>Requests one after the other on each of so many lanes: requests a second, and each one's ms, ascending.</summary>
    public async Task<(double PerSecond, double[] Ms)> RunAsync(int concurrent, TimeSpan length)
    {
        long start = Stopwatch.GetTimestamp();
        List<double>[] lanes = await Task.WhenAll(Enumerable.Range(0, concurrent).Select(_ => Task.Run(async () =>
        {
            List<double> times = [];
            while (Stopwatch.GetElapsedTime(start) < length)
            {
                long begin = Stopwatch.GetTimestamp();
                await PostAsync();
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }

            return times;
        })));
        return (lanes.Sum(lane => lane.Count) / Stopwatch.GetElapsedTime(start).TotalSeconds, [.. lanes.SelectMany(lane => lane).Order()]);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        foreach (Process process in running)
        {
            // The master takes its workers along on a termination, not on a kill.
            using Process stop = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await stop.WaitForExitAsync();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        await standIn.DisposeAsync();
    }

    private static async Task<WebApplication> StartStandInAsync(byte[] answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer);
        });
        await app.StartAsync();
        return app;
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Launch(string folder, string program, string name, int port, int target)
    {
        string home = Directory.CreateDirectory(Path.Combine(folder, "nginx-" + name)).FullName;
        string file = Path.Combine(home, "nginx.conf");
        File.WriteAllText(file, $$"""
            daemon off;
            worker_processes {{Environment.ProcessorCount}};
            pid {{home}}/pid;
            error_log {{home}}/error.log;
            events { worker_connections 1024; }
            http {
                access_log off;
                client_body_temp_path {{home}}/body;
                proxy_temp_path {{home}}/proxy;
                fastcgi_temp_path {{home}}/fastcgi;
                uwsgi_temp_path {{home}}/uwsgi;
                scgi_temp_path {{home}}/scgi;
                keepalive_requests 1000000000;
                tcp_nodelay on;
                upstream next { server 127.0.0.1:{{target}}; keepalive 256; keepalive_requests 1000000000; }
                server {
                    listen 127.0.0.1:{{port}};
                    location / {
                        proxy_pass http://next;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                    }
                }
            }
            """);
        running.Add(Process.Start(new ProcessStartInfo(program, ["-p", home, "-c", file, "-e", home + "/error.log"]) { RedirectStandardError = true, UseShellExecute = false })!);
    }

    private async Task WaitAsync()
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await PostAsync();
                return;
            }
            catch (HttpRequestException) when (attempt < 100)
            {
                await Task.Delay(50);
            }
        }
    }

    private async Task PostAsync()
    {
        using ByteArrayContent content = new(JobLoad.Body);
        using HttpResponseMessage response = await http.PostAsync("/v1/chat/completions", content);
        response.EnsureSuccessStatusCode();
        await response.Content.CopyToAsync(Stream.Null);
    }
}
