using System.Runtime.CompilerServices;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;

namespace Cocoon.Inference.TestEngine;

/// <summary>
/// An engine without a model: the answer follows from the prompt and a seed. It has no clock and no thread of its own, so that the
/// simulator may run it; with no delays it answers as fast as it is read, which is what benchmarks of the path want.
/// </summary>
/// <param name="options">What it does.</param>
/// <param name="delay">Waits, where <paramref name="options"/> asks for delays; null: it never waits.</param>
public sealed class DeterministicEngine(TestEngineOptions options, Func<TimeSpan, CancellationToken, ValueTask>? delay = null) : IInferenceEngine
{
    private readonly InstantAnswer? instant = options.Instant ? new InstantAnswer(options) : null;
    private int running;

    /// <summary>Jobs running now: 0 when all were read to their end or let go.</summary>
    public int Running => Volatile.Read(ref running);

    /// <inheritdoc/>
    public ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken) => ValueTask.FromResult(
        new EngineStatus([new EngineModel(options.Model, options.ContextTokens, options.MaxConcurrent, TemplateTokens: 64)], Running, Waiting: 0));

    /// <inheritdoc/>
    public async IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref running) > options.MaxConcurrent)
        {
            Interlocked.Decrement(ref running);
            throw new EngineException(EngineFailure.Busy, $"the test engine already runs {options.MaxConcurrent} jobs");
        }

        try
        {
            if (instant is not null && job.Endpoint == EngineEndpoint.ChatCompletions && job.MaxOutputTokens >= instant.Tokens)
            {
                for (int i = 0; instant.At(job, i) is { } chunk; i++)
                    yield return chunk;
                yield break;
            }

            PromptDigest prompt = Check(job);
            await WaitAsync(options.FirstTokenDelay, cancellationToken);
            if (options.Fault == TestEngineFault.FailBeforeFirstChunk)
                throw new EngineException(EngineFailure.Failed, "the test engine was told to fail before the first chunk");
            IAsyncEnumerable<EngineChunk> answer = job.Endpoint == EngineEndpoint.Embeddings
                ? EmbedAsync(job, prompt)
                : job.Stream ? StreamAsync(job, prompt, cancellationToken) : CompleteAsync(job, prompt, cancellationToken);
            await foreach (EngineChunk chunk in answer)
                yield return chunk;
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }

    private PromptDigest Check(EngineJob job)
    {
        if (job.Model != options.Model)
            throw new EngineException(EngineFailure.UnknownModel, $"the test engine serves {options.Model}, not {job.Model}");
        try
        {
            PromptDigest prompt = PromptDigest.Of(job.Body);
            return prompt.Tokens < options.ContextTokens
                ? prompt
                : throw new EngineException(
                    EngineFailure.ContextExceeded, $"the prompt has {prompt.Tokens} tokens, the context {options.ContextTokens}");
        }
        catch (JsonException wrong)
        {
            throw new EngineException(EngineFailure.BadRequest, $"the request is not valid JSON: {wrong.Message}", wrong);
        }
    }

    private async IAsyncEnumerable<EngineChunk> StreamAsync(
        EngineJob job, PromptDigest prompt, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TestResponses responses = new(job, prompt);
        long sent = 0;
        string finish = "stop";
        for (int choice = 0; choice < prompt.Choices; choice++)
        {
            TestAnswer answer = TestAnswer.Make(prompt, options.Seed, choice, options.AnswerTokens, job.MaxOutputTokens);
            for (int i = 0; i < answer.Pieces.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (i == (answer.Pieces.Count + 1) / 2)
                    await MisbehaveAsync(cancellationToken);
                if (sent > 0)
                    await WaitAsync(options.TokenDelay, cancellationToken);
                yield return new EngineChunk(responses.Chunk(choice, answer.Pieces[i], first: i == 0), Amounts(prompt, 1, sent == 0), null);
                sent++;
            }

            yield return new EngineChunk(responses.Last(choice, answer.Finish), [], null);
            finish = answer.Finish;
        }

        long claimed = Claim(sent);
        ReadOnlyMemory<byte> usage = AsksForUsage(job.Body) ? responses.Usage(claimed) : ReadOnlyMemory<byte>.Empty;
        yield return new EngineChunk(usage, Amounts(prompt, Math.Max(0, claimed - sent), first: sent == 0), finish);
    }

    private async IAsyncEnumerable<EngineChunk> CompleteAsync(
        EngineJob job, PromptDigest prompt, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<TestAnswer> answers = [];
        for (int choice = 0; choice < prompt.Choices; choice++)
            answers.Add(TestAnswer.Make(prompt, options.Seed, choice, options.AnswerTokens, job.MaxOutputTokens));
        long tokens = answers.Sum(answer => answer.Pieces.Count);
        for (long i = 1; i < tokens && options.TokenDelay > TimeSpan.Zero; i++)
            await WaitAsync(options.TokenDelay, cancellationToken);
        await MisbehaveAsync(cancellationToken);
        long claimed = Claim(tokens);
        yield return new EngineChunk(new TestResponses(job, prompt).Whole(answers, claimed), Amounts(prompt, claimed, first: true), answers[^1].Finish);
    }

    private static async IAsyncEnumerable<EngineChunk> EmbedAsync(EngineJob job, PromptDigest prompt)
    {
        await ValueTask.CompletedTask;
        yield return new EngineChunk(new TestResponses(job, prompt).Embeddings(), [new UsageAmount(UsageClass.Prompt, prompt.Tokens)], "stop");
    }

    private async ValueTask MisbehaveAsync(CancellationToken cancellationToken)
    {
        if (options.Fault == TestEngineFault.FailAfterFirstChunk)
            throw new EngineException(EngineFailure.Failed, "the test engine was told to fail in the middle of the answer");
        if (options.Fault != TestEngineFault.Stall)
            return;
        TaskCompletionSource never = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
        await never.Task;
    }

    private ValueTask WaitAsync(TimeSpan time, CancellationToken cancellationToken) =>
        time > TimeSpan.Zero && delay is not null ? delay(time, cancellationToken) : ValueTask.CompletedTask;

    private long Claim(long tokens) => options.Fault switch
    {
        TestEngineFault.OverstateUsage => tokens * 3,
        TestEngineFault.OmitUsage => 0,
        _ => tokens,
    };

    private UsageAmount[] Amounts(PromptDigest prompt, long completion, bool first)
    {
        if (options.Fault == TestEngineFault.OmitUsage)
            return [];
        UsageAmount answered = new(UsageClass.Completion, completion);
        return (first, completion) switch
        {
            (true, _) => [new UsageAmount(UsageClass.Prompt, prompt.Tokens), answered],
            (false, 0) => [],
            _ => [answered],
        };
    }

    private static bool AsksForUsage(ReadOnlyMemory<byte> body)
    {
        using JsonDocument document = JsonDocument.Parse(JsonText.Repair(body));
        return document.RootElement.TryGetProperty("stream_options", out JsonElement options) && options.ValueKind == JsonValueKind.Object
            && options.TryGetProperty("include_usage", out JsonElement wanted) && wanted.ValueKind == JsonValueKind.True;
    }
}
