using Cocoon.Client;
using Cocoon.Host.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Gateway;

/// <summary>Turns one HTTP request into a job and its answer back into HTTP. When the caller goes away the job is cancelled.</summary>
internal sealed class JobHandler(GatewayOptions options, IJobClient client, GatewayCounters counters, TimeProvider time, ILogger logger)
{
    private readonly IdempotencyStore kept = new(options, time);
    private const int ModelsNamed = 20;

    public async Task HandleAsync(HttpContext context, JobEndpoint endpoint)
    {
        if (!counters.TryBegin(options.MaxConcurrent))
            throw new GatewayException(503, "overloaded", $"the gateway already answers {options.MaxConcurrent} requests: try again soon");

        try
        {
            string? purse = GatewayHeaders.ReadPurse(context.Request.Headers, options.RequireKey);
            byte[] body = await ReadBodyAsync(context);
            GatewayRequest request = GatewayRequest.Read(endpoint, body, context.Request.Headers, purse);
            string key = context.Request.Headers["Idempotency-Key"].ToString();
            if (key.Length > IdempotencyStore.KeyCharactersMax)
                throw new GatewayException(400, "bad_header", $"the header Idempotency-Key has {key.Length} characters, but may have {IdempotencyStore.KeyCharactersMax}");
            if (key.Length == 0 || kept.LongestAnswer == 0)
                await RunAsync(context, request, new AnswerWriter(context, longestCopy: 0));
            else
                await RunOnceAsync(context, request, body, IdempotencyStore.Name(purse, context.Request.Path, key));
        }
        finally
        {
            counters.End();
        }
    }

    private static async Task<byte[]> ReadBodyAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    private async Task RunOnceAsync(HttpContext context, GatewayRequest request, byte[] body, string name)
    {
        if (await kept.ClaimAsync(name, body, context.RequestAborted) is { } answer)
        {
            await ReplayAsync(context, answer);
            return;
        }

        KeptAnswer? result = null;
        try
        {
            AnswerWriter writer = new(context, kept.LongestAnswer);
            if (await RunAsync(context, request, writer))
                result = writer.ToKept();
        }
        finally
        {
            kept.Finish(name, result);
        }
    }

    private static async Task ReplayAsync(HttpContext context, KeptAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        foreach ((string name, string value) in answer.Headers)
            context.Response.Headers[name] = value;
        context.Response.Headers[GatewayHeaders.Replayed] = "true";
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    /// <summary>Runs the job. True when the caller has its whole answer and would get the same again.</summary>
    private async Task<bool> RunAsync(HttpContext context, GatewayRequest request, AnswerWriter writer)
    {
        try
        {
            StreamAnswer? stream = request.Job.Stream ? new StreamAnswer(options, time, writer, request) : null;
            await using IJob job = stream is null
                ? await client.SubmitAsync(request.Job, context.RequestAborted)
                : await stream.SubmitAsync(client, context.RequestAborted);
            // Where a stream had to be opened before a worker was found, its head has left.
            if (!context.Response.HasStarted)
                GatewayHeaders.WriteTerms(context.Response.Headers, job);
            JobResult result = stream is null
                ? await WholeAsync(context, request, writer, job)
                : await stream.RunAsync(job, context.RequestAborted);
            counters.Settled(result);
            if (result.Recount is { IsExceeded: true } recount)
                GatewayLog.Exceeded(logger, result.JobId, result.Worker, request.Job.Model, recount.Prompt, recount.Completion);
            GatewayLog.Settled(logger, result.JobId, request.Job.Model, result.Cost.Value);
            return true;
        }
        catch (JobException failure)
        {
            GatewayError error = await ExplainAsync(GatewayError.Of(failure), request.Job.Model, context.RequestAborted);
            counters.Refused(error.Code, failure.Cost);
            GatewayLog.Failed(logger, request.Job.Model, error.Status, error.Code, error.Message);
            if (writer.StreamBegun)
                await StreamAnswer.FailAsync(writer, error, time, context.RequestAborted);
            else
                await writer.WriteErrorAsync(error, context.RequestAborted);
            // What is wrong with the request stays wrong; everything else deserves another try.
            return !writer.StreamBegun && error.Status is 400 or 404 or 413;
        }
    }

    /// <summary>Whoever asks for a model that nobody serves wants to know which are; whoever asks too much of one, how much it takes.</summary>
    private async Task<GatewayError> ExplainAsync(GatewayError error, string asked, CancellationToken cancellationToken)
    {
        if (error.Job?.Failure is not (JobFailure.UnknownModel or JobFailure.ContextExceeded))
            return error;
        try
        {
            IReadOnlyList<ModelInfo> models = await client.GetModelsAsync(cancellationToken);
            if (error.Job.Failure == JobFailure.ContextExceeded)
            {
                return models.FirstOrDefault(model => model.Name == asked) is { } known
                    ? error with { Message = $"{error.Message}; '{asked}' takes at most {known.ContextTokens} tokens, prompt and answer together" }
                    : error;
            }

            string names = string.Join(", ", models.Take(ModelsNamed).Select(model => model.Name));
            return names.Length == 0 ? error : error with { Message = $"{error.Message}; there are: {names}" };
        }
        catch (JobException)
        {
            return error;
        }
    }

    private static async Task<JobResult> WholeAsync(HttpContext context, GatewayRequest request, AnswerWriter writer, IJob job)
    {
        ReadOnlyMemory<byte> payload = default;
        await foreach (JobChunk chunk in job.ReadAsync(context.RequestAborted))
            payload = chunk.Payload.IsEmpty ? payload : chunk.Payload;
        JobResult result = await job.Result;
        if (payload.IsEmpty)
            throw new JobException(JobFailure.WorkerFailed, "the worker sent an empty answer") { JobId = result.JobId, Cost = result.Cost };
        foreach ((string name, string value) in GatewayHeaders.OfResult(result))
            context.Response.Headers[name] = value;
        await writer.WriteWholeAsync(StatusCodes.Status200OK, AnswerShape.WithCost(payload, result, request.WantsBase64), context.RequestAborted);
        return result;
    }
}
