using Cocoon.Client;
using Cocoon.Host.Configuration;

namespace Cocoon.Host.Gateway;

/// <summary>
/// Relays a job's chunks as server-sent events. Nothing is sent before the first chunk, so that a job which fails until then is answered
/// by a plain HTTP error; only a model that thinks for long gets the stream opened early, to keep the connection alive.
/// </summary>
internal sealed class StreamAnswer(GatewayOptions options, TimeProvider time, AnswerWriter writer, GatewayRequest request)
{
    private static readonly TimeSpan TimeBeforeBreaking = TimeSpan.FromMilliseconds(100);
    private bool open;

    /// <summary>Waits for the job to be admitted, which in a queue can take long.</summary>
    public ValueTask<IJob> SubmitAsync(IJobClient client, CancellationToken cancellationToken) =>
        KeepingAliveAsync(client.SubmitAsync(request.Job, cancellationToken), cancellationToken);

    public async Task<JobResult> RunAsync(IJob job, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> usage = default;
        await using IAsyncEnumerator<JobChunk> chunks = job.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(chunks, cancellationToken))
        {
            ReadOnlyMemory<byte> payload = chunks.Current.Payload;
            if (payload.IsEmpty)
                continue;
            Open();
            // Usage is sent with its cost, which is known when the job is settled.
            if (request.WantsUsage && AnswerShape.HasUsage(payload))
                usage = payload;
            else
                writer.WriteEvent(payload);
            await writer.FlushPieceAsync(cancellationToken);
        }

        JobResult result = await job.Result;
        Open();
        if (!usage.IsEmpty)
            writer.WriteEvent(AnswerShape.WithCost(usage, result));
        else
            writer.WriteComment(AnswerShape.CostAlone(result));
        writer.WriteEvent("[DONE]"u8.ToArray());
        await writer.FlushAsync(cancellationToken);
        return result;
    }

    /// <summary>
    /// Ends a stream that had begun: an event with the error, as OpenAI does, and then a connection that breaks, because some clients
    /// (the official one for .NET) pass over the event and would take the cut answer for a whole one.
    /// </summary>
    public static async Task FailAsync(AnswerWriter writer, GatewayError error, TimeProvider time, CancellationToken cancellationToken)
    {
        writer.WriteEvent(error.ToJson());
        await writer.FlushAsync(cancellationToken);
        // The event must have left before the connection goes.
        await Task.Delay(TimeBeforeBreaking, time, cancellationToken);
        writer.Break();
    }

    private void Open()
    {
        if (open)
            return;
        open = true;
        writer.BeginStream();
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<JobChunk> chunks, CancellationToken cancellationToken)
    {
        ValueTask<bool> next = chunks.MoveNextAsync();
        if (next.IsCompleted)
            return await next;
        // The model is slower than the network: what is gathered goes out now.
        if (open)
            await writer.FlushAsync(cancellationToken);
        return await KeepingAliveAsync(next, cancellationToken);
    }

    private async ValueTask<T> KeepingAliveAsync<T>(ValueTask<T> awaited, CancellationToken cancellationToken)
    {
        if (options.KeepAlive == TimeSpan.Zero || awaited.IsCompleted)
            return await awaited;
        Task<T> waiting = awaited.AsTask();
        while (true)
        {
            Task first = await Task.WhenAny(waiting, Task.Delay(options.KeepAlive, time, cancellationToken));
            if (first == waiting || cancellationToken.IsCancellationRequested)
                return await waiting;
            Open();
            writer.WriteComment("keep-alive"u8);
            await writer.FlushAsync(cancellationToken);
        }
    }
}
