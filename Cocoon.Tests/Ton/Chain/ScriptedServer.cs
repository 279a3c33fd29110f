using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cocoon.Tests.Ton.Chain;

/// <summary>A request as the server saw it.</summary>
internal sealed record SeenRequest(string Method, string Path, string Query, string Body, string? Key);

/// <summary>An HTTP server in this process that answers each request with the next entry of a script; the last one repeats.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> script;
    private Func<HttpContext, Task> current = context => Answer(context, 500, "the script is empty");

    private ScriptedServer(WebApplication application, IEnumerable<Func<HttpContext, Task>> script)
    {
        this.application = application;
        this.script = new ConcurrentQueue<Func<HttpContext, Task>>(script);
    }

    public ConcurrentQueue<SeenRequest> Requests { get; } = [];

    public Uri Uri { get; private set; } = new("http://localhost");

    public static async Task<ScriptedServer> StartAsync(params Func<HttpContext, Task>[] script)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication application = builder.Build();
        ScriptedServer server = new(application, script);
        application.Run(server.ServeAsync);
        await application.StartAsync();
        server.Uri = new Uri(application.Urls.First() + "/api/v2/");
        return server;
    }

    /// <summary>A success with this JSON as its result.</summary>
    public static Func<HttpContext, Task> Result(string json) => context => Answer(context, 200, $$"""{"ok":true,"result":{{json}},"@extra":"1"}""");

    /// <summary>Any answer.</summary>
    public static Func<HttpContext, Task> Raw(int status, string body, string type = "application/json") =>
        context => Answer(context, status, body, type);

    public async ValueTask DisposeAsync() => await application.DisposeAsync();

    private static async Task Answer(HttpContext context, int status, string body, string type = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(body);
    }

    private async Task ServeAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body);
        string body = await reader.ReadToEndAsync();
        Requests.Enqueue(new SeenRequest(
            context.Request.Method, context.Request.Path, context.Request.QueryString.Value ?? "", body, context.Request.Headers["X-API-Key"]));
        if (script.TryDequeue(out Func<HttpContext, Task>? next))
            current = next;
        await current(context);
    }
}
