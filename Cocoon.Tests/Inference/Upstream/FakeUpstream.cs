using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Cocoon.Tests.Inference.Upstream;

/// <summary>An HTTP server that replays what a real one was seen to send, with faults where a test wants them.</summary>
internal sealed class FakeUpstream : IAsyncDisposable
{
    private readonly WebApplication app;

    private FakeUpstream(WebApplication app) => this.app = app;

    /// <summary>Answers a GET by its path; 404 for others.</summary>
    public Dictionary<string, string> Pages { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers a POST.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = _ => Task.CompletedTask;

    /// <summary>Bodies of the POSTs so far.</summary>
    public ConcurrentQueue<JsonElement> Requests { get; } = new();

    /// <summary>Connections that sent a request.</summary>
    public ConcurrentDictionary<string, int> Connections { get; } = new(StringComparer.Ordinal);

    /// <summary>Completes when the client lets a POST go before its end.</summary>
    public TaskCompletionSource Aborted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Uri Url => new(app.Urls.First());

    public static async Task<FakeUpstream> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        WebApplication app = builder.Build();
        FakeUpstream fake = new(app);
        app.Run(fake.HandleAsync);
        await app.StartAsync();
        return fake;
    }

    /// <summary>Answers with a recorded stream, each event written and flushed by itself.</summary>
    public void Replay(string recording) => Answer = async context =>
    {
        context.Response.ContentType = "text/event-stream";
        foreach (string part in recording.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            await WriteAsync(context, part + "\n\n");
    };

    /// <summary>Answers with one body.</summary>
    public void Reply(int status, string body) => Answer = context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    };

    public static async Task WriteAsync(HttpContext context, string text)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text));
        await context.Response.Body.FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource now = new(TimeSpan.FromMilliseconds(100));
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        Connections.AddOrUpdate(context.Connection.Id, 1, (_, count) => count + 1);
        if (HttpMethods.IsGet(context.Request.Method))
        {
            if (Pages.TryGetValue(context.Request.Path, out string? page))
                await context.Response.WriteAsync(page);
            else
                context.Response.StatusCode = 404;
            return;
        }

        using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body);
        Requests.Enqueue(body.RootElement.Clone());
        using CancellationTokenRegistration registration = context.RequestAborted.Register(() => Aborted.TrySetResult());
        await Answer(context);
    }
}
