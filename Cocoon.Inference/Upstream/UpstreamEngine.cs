using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;

namespace Cocoon.Inference.Upstream;

/// <summary>
/// Runs jobs on an OpenAI-compatible server: vLLM, SGLang, llama-server, Ollama, or any other. Whatever ends the enumeration early
/// closes the server's connection, upon which these servers stop generating.
/// </summary>
public sealed class UpstreamEngine : IInferenceEngine, IDisposable
{
    private readonly UpstreamOptions options;
    private readonly TimeProvider time;
    private readonly UpstreamConnection connection;
    private readonly UpstreamHealth health;
    private readonly byte[] saltKey = RandomNumberGenerator.GetBytes(32);
    private int running;
    private long lastProof;

    /// <param name="options">Where and how.</param>
    /// <param name="time">Measures silences.</param>
    public UpstreamEngine(UpstreamOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        connection = new UpstreamConnection(options);
        health = new UpstreamHealth(options, connection);
        lastProof = time.GetTimestamp();
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    /// <inheritdoc/>
    public async ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken)
    {
        EngineStatus status = await health.StatusAsync(Volatile.Read(ref running), cancellationToken).ConfigureAwait(false);
        if (options.ProbeInterval > TimeSpan.Zero && status.Running == 0
            && time.GetElapsedTime(Volatile.Read(ref lastProof)) >= options.ProbeInterval)
            await ProbeAsync(status.Models[0].Name, cancellationToken).ConfigureAwait(false);
        return status;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref running);
        try
        {
            using UpstreamSilence silence = new(time, cancellationToken);
            UpstreamDialect dialect = await GuardAsync(silence, options.FirstChunkTimeout, health.DialectAsync).ConfigureAwait(false);
            UpstreamRequest request = UpstreamRequest.Make(job, dialect, options.AllowedFields, saltKey);
            UsageMeter meter = new(request.PromptBytes, (long)job.MaxOutputTokens * request.Choices, dialect.ReportsCached);
            bool stream = job.Stream && job.Endpoint != EngineEndpoint.Embeddings;
            using HttpResponseMessage response = await GuardAsync<HttpResponseMessage>(
                silence, options.FirstChunkTimeout, token => new(connection.PostAsync(dialect, Path(job.Endpoint), request.Body, stream, token))).ConfigureAwait(false);
            IAsyncEnumerable<EngineChunk> answer = stream
                ? StreamAsync(dialect, request, meter, response, silence)
                : WholeAsync(dialect, request, meter, response, silence);
            await foreach (EngineChunk chunk in answer.ConfigureAwait(false))
                yield return chunk;
            Volatile.Write(ref lastProof, time.GetTimestamp());
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }

    private async IAsyncEnumerable<EngineChunk> StreamAsync(
        UpstreamDialect dialect, UpstreamRequest request, UsageMeter meter, HttpResponseMessage response, UpstreamSilence silence)
    {
        await using Stream body = await GuardAsync<Stream>(silence, options.ChunkTimeout, token => new(response.Content.ReadAsStreamAsync(token))).ConfigureAwait(false);
        SseReader events = new(body, options.MaxLineBytes, options.MaxAnswerBytes);
        ReadOnlyMemory<byte> usagePayload = default;
        ReadOnlyMemory<byte> last = default;
        string? finish = null;
        int finished = 0;
        TimeSpan patience = options.FirstChunkTimeout;
        while (true)
        {
            UpstreamChunk? next = null;
            EngineException? failure = null;
            try
            {
                byte[]? data = await GuardAsync(silence, patience, events.ReadAsync).ConfigureAwait(false);
                if (data is null && finished < request.Choices)
                    throw new EngineException(EngineFailure.Failed, $"{dialect.Name} ended the stream in the middle of the answer");
                if (data is not null && IsDone(data) && finished == 0 && !meter.HasAnswer)
                    throw new EngineException(EngineFailure.Failed, $"{dialect.Name} ended the stream without an answer");
                if (data is not null && !IsDone(data))
                    next = UpstreamChunk.Read(data, dialect, request, stream: true);
            }
            catch (EngineException cut)
            {
                failure = cut;
            }

            if (failure is not null)
            {
                // What was relayed until now is owed, whatever ended the job.
                if (meter.Finish(failed: true) is { Count: > 0 } owed)
                    yield return new EngineChunk(default, owed, null);
                throw failure;
            }

            if (next is not { } chunk)
                break;
            patience = options.ChunkTimeout;
            meter.Report(chunk.Usage);
            finish = chunk.Finish ?? finish;
            finished += chunk.Finished;
            if (chunk.UsageOnly)
                usagePayload = chunk.Payload;
            else if (chunk.Payload.Length > 0)
                yield return new EngineChunk(last = chunk.Payload, meter.Add(chunk.TextBytes, chunk.ReasoningBytes), null);
        }

        IReadOnlyList<UsageAmount> rest = meter.Finish(failed: false);
        if (request.WantsUsage && usagePayload.IsEmpty && !last.IsEmpty)
            usagePayload = UpstreamChunk.WithUsage(last, meter.Declared);
        yield return new EngineChunk(usagePayload, rest, finish ?? "stop");
        await DrainAsync(events, silence).ConfigureAwait(false);
    }

    /// <summary>Reads the end of the body, so that the connection can serve the next job.</summary>
    private static async ValueTask DrainAsync(SseReader events, UpstreamSilence silence)
    {
        try
        {
            await GuardAsync(silence, TimeSpan.FromMilliseconds(250), events.ReadAsync).ConfigureAwait(false);
        }
        catch (EngineException)
        {
            // The answer was complete; only the connection is lost.
        }
    }

    private async IAsyncEnumerable<EngineChunk> WholeAsync(
        UpstreamDialect dialect, UpstreamRequest request, UsageMeter meter, HttpResponseMessage response, UpstreamSilence silence)
    {
        byte[] body = await GuardAsync<byte[]>(
            silence, options.FirstChunkTimeout, token => new(UpstreamConnection.ReadAllAsync(response, options.MaxAnswerBytes, token))).ConfigureAwait(false);
        UpstreamChunk whole = UpstreamChunk.Read(body, dialect, request, stream: false);
        meter.Report(whole.Usage);
        meter.AddWhole(whole.TextBytes, whole.ReasoningBytes);
        yield return new EngineChunk(whole.Payload, meter.Finish(failed: false), whole.Finish ?? "stop");
    }

    private async Task ProbeAsync(string model, CancellationToken cancellationToken)
    {
        byte[] body = Encoding.UTF8.GetBytes("""{"messages":[{"role":"user","content":"Hello"}]}""");
        EngineJob probe = new(EngineEndpoint.ChatCompletions, model, body, MaxOutputTokens: 1, Stream: false, CacheScope: "probe");
        await foreach (EngineChunk chunk in RunAsync(probe, cancellationToken).ConfigureAwait(false))
            _ = chunk;
    }

    /// <summary>Waits at most <paramref name="patience"/>, and turns the network's failures into the engine's.</summary>
    private static async ValueTask<T> GuardAsync<T>(UpstreamSilence silence, TimeSpan patience, Func<CancellationToken, ValueTask<T>> work)
    {
        try
        {
            silence.Begin(patience);
            T result = await work(silence.Token).ConfigureAwait(false);
            silence.End();
            return result;
        }
        catch (OperationCanceledException) when (silence.TimedOut)
        {
            throw new EngineException(EngineFailure.Failed, $"the upstream was silent for {patience.TotalSeconds:0.###} s");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new EngineException(EngineFailure.Failed, $"the connection to the upstream failed: {failure.Message}", failure);
        }
    }

    private static bool IsDone(byte[] data) => data.AsSpan().Trim((byte)' ').SequenceEqual("[DONE]"u8);

    private static string Path(EngineEndpoint endpoint) => endpoint switch
    {
        EngineEndpoint.ChatCompletions => "v1/chat/completions",
        EngineEndpoint.Completions => "v1/completions",
        EngineEndpoint.Embeddings => "v1/embeddings",
        _ => throw new EngineException(EngineFailure.BadRequest, $"the upstream has no endpoint for {endpoint}"),
    };
}
