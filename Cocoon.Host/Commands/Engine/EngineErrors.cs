using System.Text.Encodings.Web;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Microsoft.AspNetCore.Http;

namespace Cocoon.Host.Commands.Engine;

/// <summary>Failures of an engine in OpenAI's shape.</summary>
internal static class EngineErrors
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(HttpContext context, EngineException exception)
    {
        if (exception.Failure == EngineFailure.Busy)
            context.Response.Headers.RetryAfter = "1";
        return WriteAsync(context, StatusOf(exception.Failure), Body(exception));
    }

    public static Task WriteAsync(HttpContext context, int status, string message, string type, string? code) =>
        WriteAsync(context, status, Body(message, type, code));

    public static byte[] Body(EngineException exception) => Body(exception.Message, TypeOf(exception.Failure), CodeOf(exception.Failure));

    private static async Task WriteAsync(HttpContext context, int status, byte[] body)
    {
        if (context.Response.HasStarted)
            return;
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(body);
    }

    private static byte[] Body(string message, string type, string? code) =>
        JsonSerializer.SerializeToUtf8Bytes(new { error = new { message, type, param = (string?)null, code } }, Readable);

    private static int StatusOf(EngineFailure failure) => failure switch
    {
        EngineFailure.BadRequest or EngineFailure.ContextExceeded => 400,
        EngineFailure.UnknownModel => 404,
        EngineFailure.Busy => 503,
        _ => 500,
    };

    private static string TypeOf(EngineFailure failure) =>
        failure is EngineFailure.BadRequest or EngineFailure.ContextExceeded or EngineFailure.UnknownModel ? "invalid_request_error" : "server_error";

    private static string? CodeOf(EngineFailure failure) => failure switch
    {
        EngineFailure.UnknownModel => "model_not_found",
        EngineFailure.ContextExceeded => "context_length_exceeded",
        EngineFailure.Busy => "busy",
        _ => null,
    };
}
