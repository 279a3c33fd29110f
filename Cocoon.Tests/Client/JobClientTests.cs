using Cocoon.Client;
using Cocoon.Client.Local;
using Cocoon.Inference.TestEngine;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Tests.Client;

public class JobClientTests
{
    [Fact]
    public async Task Texts_in_texts_out()
    {
        await using LocalJobClient client = new(new DeterministicEngine(new TestEngineOptions()), new LocalJobClientOptions());
        ChatAnswer answer = await client.ChatAsync("cocoon-test", "Hello there");
        Assert.Equal(6 * 20 + 32 * 160, answer.Result.Cost.Value);
        string streamed = "";
        JobResult? settled = null;
        await foreach (string piece in client.StreamChatAsync("cocoon-test", "Hello there", settled: result => settled = result))
            streamed += piece;
        Assert.Equal(answer.Text, streamed);
        Assert.Equal(answer.Result.Cost, settled!.Cost);
    }

    [Fact]
    public async Task Money_is_reserved_before_and_given_back_after()
    {
        NanoTon balance = new(3_000_000);
        await using LocalJobClient client = new(
            new DeterministicEngine(new TestEngineOptions()), new LocalJobClientOptions { Balance = balance, DefaultMaxOutputTokens = 10_000 });
        IJob job = await client.SubmitAsync(JobRequest.Chat("cocoon-test", "Hello"));
        JobException poor = await Assert.ThrowsAsync<JobException>(async () => await client.SubmitAsync(JobRequest.Chat("cocoon-test", "Hello")));
        Assert.Equal((JobFailure.Balance, false), (poor.Failure, poor.IsTransient));
        Assert.Equal(job.Terms.Reserved, (await client.GetBalanceAsync()).Reserved);
        await job.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job.Result);
        BalanceInfo after = await client.GetBalanceAsync();
        Assert.Equal((balance, NanoTon.Zero, NanoTon.Zero), (after.Available, after.Reserved, after.Spent));
    }

    [Fact]
    public async Task Leaving_early_cancels_and_pays_what_was_read()
    {
        DeterministicEngine engine = new(new TestEngineOptions());
        await using LocalJobClient client = new(engine, new LocalJobClientOptions());
        await using (IJob job = await client.SubmitAsync(JobRequest.Chat("cocoon-test", "Hello there", stream: true)))
        {
            await foreach (JobChunk chunk in job.ReadAsync())
                break;
        }

        Assert.Equal(0, engine.Running);
        Assert.Equal(6 * 20 + 160, (await client.GetBalanceAsync()).Spent.Value);
    }

    [Fact]
    public async Task A_failed_job_tells_what_was_delivered()
    {
        await using LocalJobClient client = new(
            new DeterministicEngine(new TestEngineOptions { Fault = TestEngineFault.FailAfterFirstChunk }), new LocalJobClientOptions());
        JobException failure = await Assert.ThrowsAsync<JobException>(async () =>
        {
            await foreach (string piece in client.StreamChatAsync("cocoon-test", "Hello there"))
                _ = piece;
        });
        Assert.Equal((JobFailure.WorkerFailed, true), (failure.Failure, failure.IsTransient));
        Assert.Contains(new UsageAmount(UsageClass.Completion, 16), failure.Delivered);
        Assert.Equal(failure.Cost, (await client.GetBalanceAsync()).Spent);
    }

    [Fact]
    public void Reasons_are_those_of_the_wire()
    {
        foreach (JobErrorCode code in Enum.GetValues<JobErrorCode>().Where(code => code != JobErrorCode.Unspecified))
            Assert.Equal(code.ToString(), ((JobFailure)code).ToString());
        Assert.Equal((int)Tier.Attested, (int)JobTier.Attested);
        Assert.Equal((int)Tier.Open, (int)JobTier.Open);
        Assert.Equal((int)JobKind.Embeddings, (int)JobEndpoint.Embeddings);
        Assert.Equal((int)JobKind.Completions, (int)JobEndpoint.Completions);
    }

    [Fact]
    public void The_public_surface_shows_nothing_of_the_actors()
    {
        foreach (Type type in typeof(IJobClient).Assembly.GetExportedTypes())
        {
            IEnumerable<Type> used = type.GetMembers().SelectMany(member => member switch
            {
                System.Reflection.MethodInfo method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType),
                System.Reflection.ConstructorInfo constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType),
                System.Reflection.PropertyInfo property => [property.PropertyType],
                _ => Type.EmptyTypes,
            });
            Assert.DoesNotContain(used.SelectMany(Unwrap), inner => inner.Namespace?.StartsWith("Cocoon.Actors", StringComparison.Ordinal) == true);
        }
    }

    private static IEnumerable<Type> Unwrap(Type type) => type.GetGenericArguments().SelectMany(Unwrap).Append(type.HasElementType ? type.GetElementType()! : type);
}
