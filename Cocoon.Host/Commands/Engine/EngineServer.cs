using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Inference;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Commands.Engine;

/// <summary>Serves one engine over the OpenAI protocol: models, chat completions, completions, embeddings.</summary>
internal sealed class EngineServer : IAsyncDisposable
{
    private const int MostBodyBytes = 32 * 1024 * 1024;
    private const int DefaultChatTokens = 4096;

    // OpenAI's own default of the old endpoint.
    private const int DefaultTextTokens = 16;

    private readonly WebApplication application;
    private readonly IInferenceEngine engine;

    private EngineServer(WebApplication application, IInferenceEngine engine) => (this.application, this.engine) = (application, engine);

    /// <summary>Where it listens.</summary>
    public Uri Address => new(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Starts listening.</summary>
    public static async Task<EngineServer> StartAsync(IInferenceEngine engine, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(endpoint);
            kestrel.Limits.MaxRequestBodySize = MostBodyBytes;
            kestrel.AddServerHeader = false;
        });
        EngineServer server = new(builder.Build(), engine);
        server.Map();
        try
        {
            await server.application.StartAsync(cancellationToken);
            return server;
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            await server.application.DisposeAsync();
            throw new IOException($"cannot listen on {endpoint} ({(refused.InnerException ?? refused).Message}): choose another --port or --host", refused);
        }
    }

    /// <summary>Ends when the process is asked to stop.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => application.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }

    private void Map()
    {
        application.MapGet("/health", () => Results.Json(new { status = "ok" }));
        application.MapGet("/v1/models", ModelsAsync);
        application.MapPost("/v1/chat/completions", context => RunAsync(context, EngineEndpoint.ChatCompletions));
        application.MapPost("/v1/completions", context => RunAsync(context, EngineEndpoint.Completions));
        application.MapPost("/v1/embeddings", context => RunAsync(context, EngineEndpoint.Embeddings));
        application.MapFallback(context => EngineErrors.WriteAsync(context, 404, $"there is no {context.Request.Method} {context.Request.Path} here", "invalid_request_error", "not_found"));
    }

    private async Task<IResult> ModelsAsync(CancellationToken cancellationToken)
    {
        EngineStatus status = await engine.StatusAsync(cancellationToken);
        return Results.Json(new
        {
            @object = "list",
            data = status.Models.Select(model => new { id = model.Name, @object = "model", created = 0, owned_by = "cocoon", max_model_len = model.ContextTokens }),
        });
    }

    private async Task RunAsync(HttpContext context, EngineEndpoint endpoint)
    {
        CancellationToken cancellationToken = context.RequestAborted;
        try
        {
            EngineJob job = await ReadJobAsync(context, endpoint, cancellationToken);
            await using IAsyncEnumerator<EngineChunk> chunks = engine.RunAsync(job, cancellationToken).GetAsyncEnumerator(cancellationToken);
            if (job.Stream)
                await StreamAsync(context, chunks, cancellationToken);
            else
                await RespondAsync(context, chunks, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client left; the engine has been told through the token.
        }
        catch (EngineException exception)
        {
            await EngineErrors.WriteAsync(context, exception);
        }
        catch (BadHttpRequestException exception)
        {
            await EngineErrors.WriteAsync(context, exception.StatusCode, exception.Message, "invalid_request_error", null);
        }
    }

    private async Task<EngineJob> ReadJobAsync(HttpContext context, EngineEndpoint endpoint, CancellationToken cancellationToken)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, cancellationToken);
        ReadOnlyMemory<byte> bytes = JsonText.Repair(body.ToArray());
        EngineStatus status = await engine.StatusAsync(cancellationToken);
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new EngineException(EngineFailure.BadRequest, "the request must be a JSON object");
            string model = root.TryGetProperty("model", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : status.Models[0].Name;
            bool streams = endpoint != EngineEndpoint.Embeddings && Streams(root);
            int most = MaxTokens(root, "max_completion_tokens") ?? MaxTokens(root, "max_tokens") ?? (endpoint == EngineEndpoint.Completions ? DefaultTextTokens : DefaultChatTokens);
            return new EngineJob(endpoint, model, bytes, most, streams, "local");
        }
        catch (JsonException exception)
        {
            throw new EngineException(EngineFailure.BadRequest, $"the request is no valid JSON: {exception.Message}", exception);
        }
    }

    private static bool Streams(JsonElement root)
    {
        if (!root.TryGetProperty("stream", out JsonElement stream) || stream.ValueKind is JsonValueKind.Null or JsonValueKind.False)
            return false;
        return stream.ValueKind == JsonValueKind.True ? true : throw new EngineException(EngineFailure.BadRequest, "'stream' must be true or false");
    }

    private static int? MaxTokens(JsonElement root, string field)
    {
        if (!root.TryGetProperty(field, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int most) && most > 0
            ? most
            : throw new EngineException(EngineFailure.BadRequest, $"'{field}' must be an integer of 1 or more");
    }

    private static async Task RespondAsync(HttpContext context, IAsyncEnumerator<EngineChunk> chunks, CancellationToken cancellationToken)
    {
        while (await chunks.MoveNextAsync())
        {
            if (chunks.Current.Payload.Length == 0)
                continue;
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(chunks.Current.Payload, cancellationToken);
        }
    }

    private static async Task StreamAsync(HttpContext context, IAsyncEnumerator<EngineChunk> chunks, CancellationToken cancellationToken)
    {
        while (await MoveNextAsync(context, chunks))
        {
            if (!context.Response.HasStarted)
            {
                context.Response.ContentType = "text/event-stream";
                context.Response.Headers.CacheControl = "no-cache";
            }

            if (chunks.Current.Payload.Length > 0)
                await WriteEventAsync(context, chunks.Current.Payload, cancellationToken);
        }

        await WriteEventAsync(context, "[DONE]"u8.ToArray(), cancellationToken);
    }

    /// <summary>After the headers went out an error can only be told inside the stream.</summary>
    private static async Task<bool> MoveNextAsync(HttpContext context, IAsyncEnumerator<EngineChunk> chunks)
    {
        try
        {
            return await chunks.MoveNextAsync();
        }
        catch (EngineException exception) when (context.Response.HasStarted)
        {
            await WriteEventAsync(context, EngineErrors.Body(exception), CancellationToken.None);
            return false;
        }
    }

    private static async Task WriteEventAsync(HttpContext context, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        Stream body = context.Response.Body;
        await body.WriteAsync("data: "u8.ToArray(), cancellationToken);
        await body.WriteAsync(payload, cancellationToken);
        await body.WriteAsync("\n\n"u8.ToArray(), cancellationToken);
        await body.FlushAsync(cancellationToken);
    }
}
