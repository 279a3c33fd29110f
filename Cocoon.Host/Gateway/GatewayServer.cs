using System.Net;
using System.Net.Sockets;
using Cocoon.Client;
using Cocoon.Host.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Gateway;

/// <summary>The OpenAI-compatible HTTP interface over a job client.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private GatewayServer(WebApplication app, GatewayCounters counters)
    {
        this.app = app;
        Counters = counters;
    }

    /// <summary>What it did since its start.</summary>
    public GatewayCounters Counters { get; }

    /// <summary>Where it listens, with the port that the system chose if it was to.</summary>
    public Uri Url => new(app.Urls.First());

    /// <summary>
    /// Starts the server for a client of the network called <paramref name="network"/>. Throws <see cref="IOException"/> when the address
    /// cannot be listened on.
    /// </summary>
    public static async Task<GatewayServer> StartAsync(
        GatewayOptions options, string network, IJobClient client, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken = default)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "cocoon" });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddCors();
        IPAddress[] addresses = await ResolveAsync(options.Listen, cancellationToken);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            foreach (IPAddress address in addresses)
                kestrel.Listen(address, options.Listen.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication app = builder.Build();
        ILogger logger = loggers.CreateLogger("Cocoon.Gateway");
        AllowOrigins(app, options.CorsOrigins);
        app.Use(next => context => GuardAsync(context, next, logger));
        app.UseRouting();
        GatewayCounters counters = new();
        Map(app, new JobHandler(options, client, counters, time, logger), new GatewayPages(network, client));
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            await app.DisposeAsync();
            throw new IOException($"gateway.listen: cannot listen on {options.Listen} ({(refused.InnerException ?? refused).Message}): choose another port or address", refused);
        }

        GatewayServer server = new(app, counters);
        GatewayLog.Listening(logger, server.Url.ToString());
        return server;
    }

    /// <summary>Stops listening, gives running requests <paramref name="patience"/>, then cuts them.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        using CancellationTokenSource cut = new(patience);
        await app.StopAsync(cut.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        await app.DisposeAsync();
    }

    private static async Task<IPAddress[]> ResolveAsync(HostPort listen, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(listen.Host, out IPAddress? address))
            return [address];
        try
        {
            // A port that the system chooses would be another one for each address.
            IPAddress[] all = await Dns.GetHostAddressesAsync(listen.Host, cancellationToken);
            return listen.Port == 0 ? all[..1] : all;
        }
        catch (SocketException failure)
        {
            throw new IOException($"gateway.listen: the name {listen.Host} has no address ({failure.Message}): use one of this machine", failure);
        }
    }

    private static void AllowOrigins(WebApplication app, IReadOnlyList<string> origins)
    {
        if (origins.Count == 0)
            return;
        app.UseCors(policy =>
        {
            _ = origins.Contains("*", StringComparer.Ordinal) ? policy.AllowAnyOrigin() : policy.WithOrigins([.. origins]);
            policy.AllowAnyHeader().WithMethods("GET", "POST").WithExposedHeaders(GatewayHeaders.Exposed).SetPreflightMaxAge(TimeSpan.FromHours(1));
        });
    }

    private static void Map(WebApplication app, JobHandler jobs, GatewayPages pages)
    {
        app.MapPost("/v1/chat/completions", context => jobs.HandleAsync(context, JobEndpoint.ChatCompletions));
        app.MapPost("/v1/completions", context => jobs.HandleAsync(context, JobEndpoint.Completions));
        app.MapPost("/v1/embeddings", context => jobs.HandleAsync(context, JobEndpoint.Embeddings));
        // Load balancers ask by HEAD whether a server is there.
        string[] reading = [HttpMethods.Get, HttpMethods.Head];
        app.MapMethods("/v1/models", reading, pages.ModelsAsync);
        app.MapMethods("/v1/models/{**name}", reading, pages.ModelAsync);
        app.MapMethods("/v1/receipts/{**job}", reading, pages.ReceiptAsync);
        app.MapMethods("/v1/network", reading, pages.NetworkAsync);
        app.MapMethods("/health", reading, context => context.Response.WriteAsync("ok", context.RequestAborted));
    }

    private static GatewayException? RoutingError(HttpContext context) => context.Response.StatusCode switch
    {
        404 => new GatewayException(
            404, "not_found", $"there is no {context.Request.Path} here, but /v1/chat/completions, /v1/completions, /v1/embeddings and /v1/models"),
        405 => new GatewayException(405, "method_not_allowed", $"{context.Request.Path} does not take {context.Request.Method}"),
        _ => null,
    };

    /// <summary>Turns whatever goes wrong into OpenAI's error object.</summary>
    private static async Task GuardAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        GatewayError error;
        try
        {
            await next(context);
            if (context.Response.HasStarted || RoutingError(context) is not { } unknown)
                return;
            error = GatewayError.Of(unknown);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (GatewayException refused)
        {
            error = GatewayError.Of(refused);
        }
        catch (JobException failed)
        {
            error = GatewayError.Of(failed);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException wrong)
        {
            error = GatewayError.Of(wrong.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new GatewayException(wrong.StatusCode, "request_too_large", "the request is larger than gateway.max-request allows")
                : new GatewayException(wrong.StatusCode, "bad_request", wrong.Message));
        }
        catch (Exception broken)
        {
            GatewayLog.Broken(logger, broken);
            error = GatewayError.Of(new GatewayException(500, "internal_error", "something is broken in the gateway; its log says what"));
        }

        // A stream may be begun and not sent yet: an error page cannot follow it.
        if (context.Response.HasStarted || context.Response.ContentType == AnswerWriter.EventStream)
            context.Abort();
        else
            await new AnswerWriter(context, longestCopy: 0).WriteErrorAsync(error, context.RequestAborted);
    }
}
