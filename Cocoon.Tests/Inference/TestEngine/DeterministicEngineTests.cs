using Cocoon.Actors.Ports;
using Cocoon.Inference.TestEngine;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Inference.TestEngine;

public class DeterministicEngineTests
{
    private const string Hello = """{"messages":[{"role":"user","content":"Hello there"}]}""";

    [Fact]
    public async Task The_same_prompt_and_seed_give_the_same_answer()
    {
        DeterministicEngine engine = new(new TestEngineOptions());
        EngineRun first = await RunAsync(engine, Hello);
        EngineRun second = await RunAsync(engine, Hello);
        Assert.Equal(first.Payloads, second.Payloads);
        Assert.NotEqual(first.Text, (await RunAsync(engine, Hello.Replace("there", "you", StringComparison.Ordinal))).Text);
        Assert.NotEqual(first.Text, (await RunAsync(new DeterministicEngine(new TestEngineOptions { Seed = 2 }), Hello)).Text);
        Assert.Equal((6, 32, "stop"), (first.Of(UsageClass.Prompt), first.Of(UsageClass.Completion), first.Finish));
        EngineRun whole = await EngineRun.RunAsync(engine, EngineRun.Job("cocoon-test", Hello, stream: false));
        Assert.Equal(first.Text, whole.Text);
        Assert.Equal(first.Usage, whole.Usage);
        Assert.Equal(0, engine.Running);
    }

    [Fact]
    public async Task Honours_the_jobs_bound_tools_json_and_choices()
    {
        DeterministicEngine engine = new(new TestEngineOptions());
        EngineRun cut = await EngineRun.RunAsync(engine, EngineRun.Job("cocoon-test", Hello, maxOutput: 5));
        Assert.Equal((5, "length"), (cut.Of(UsageClass.Completion), cut.Finish));
        EngineRun tool = await RunAsync(engine, """{"messages":[],"tools":[{"type":"function","function":{"name":"weather"}}]}""");
        Assert.Equal("tool_calls", tool.Finish);
        Assert.Contains("\"name\":\"weather\"", tool.Payloads[0], StringComparison.Ordinal);
        Assert.StartsWith("{\"answer\":", (await RunAsync(engine, """{"messages":[],"response_format":{"type":"json_object"}}""")).Text, StringComparison.Ordinal);
        EngineRun two = await RunAsync(engine, """{"messages":[],"n":2}""");
        Assert.Equal(64, two.Of(UsageClass.Completion));
    }

    [Fact]
    public async Task Misbehaves_as_told()
    {
        EngineRun before = await RunAsync(With(TestEngineFault.FailBeforeFirstChunk), Hello);
        Assert.Equal((0, EngineFailure.Failed), (before.Chunks.Count, before.Error!.Failure));
        EngineRun after = await RunAsync(With(TestEngineFault.FailAfterFirstChunk), Hello);
        Assert.Equal((16, EngineFailure.Failed), (after.Of(UsageClass.Completion), after.Error!.Failure));
        Assert.Equal(96, (await RunAsync(With(TestEngineFault.OverstateUsage), Hello)).Of(UsageClass.Completion));
        Assert.Empty((await RunAsync(With(TestEngineFault.OmitUsage), Hello)).Usage);

        DeterministicEngine stalled = With(TestEngineFault.Stall);
        using CancellationTokenSource cancel = new();
        Task<EngineRun> run = EngineRun.RunAsync(stalled, EngineRun.Job("cocoon-test", Hello), cancel.Token);
        Assert.False(run.IsCompleted);
        Assert.Equal(1, stalled.Running);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(0, stalled.Running);
    }

    [Fact]
    public async Task Refuses_what_it_cannot_do()
    {
        DeterministicEngine engine = new(new TestEngineOptions { MaxConcurrent = 1, ContextTokens = 8, Fault = TestEngineFault.Stall });
        await using IAsyncEnumerator<EngineChunk> held = engine.RunAsync(EngineRun.Job("cocoon-test", Hello), default).GetAsyncEnumerator();
        await held.MoveNextAsync();
        Assert.Equal(EngineFailure.Busy, (await RunAsync(engine, Hello)).Error!.Failure);
        await held.DisposeAsync();
        Assert.Equal(EngineFailure.UnknownModel, (await EngineRun.RunAsync(engine, EngineRun.Job("other", Hello))).Error!.Failure);
        Assert.Equal(EngineFailure.BadRequest, (await RunAsync(engine, "{")).Error!.Failure);
        Assert.Equal(EngineFailure.ContextExceeded, (await RunAsync(engine, """{"prompt":"a b c d e f g h i"}""")).Error!.Failure);
    }

    [Fact]
    public async Task Waits_only_through_the_timer_it_was_given()
    {
        List<TimeSpan> waits = [];
        TestEngineOptions options = new() { AnswerTokens = 3, FirstTokenDelay = TimeSpan.FromSeconds(5), TokenDelay = TimeSpan.FromSeconds(1) };
        DeterministicEngine engine = new(options, (time, _) =>
        {
            waits.Add(time);
            return ValueTask.CompletedTask;
        });
        await RunAsync(engine, Hello);
        Assert.Equal([5, 1, 1], waits.Select(wait => (int)wait.TotalSeconds));
    }

    [Fact]
    public async Task The_instant_answer_is_one_for_all()
    {
        DeterministicEngine engine = new(new TestEngineOptions { Instant = true, AnswerTokens = 10 });
        EngineRun first = await RunAsync(engine, Hello);
        Assert.Equal((10, "stop"), (first.Of(UsageClass.Completion), first.Finish));
        Assert.Equal(first.Text, (await RunAsync(engine, "not even json")).Text);
        Assert.Equal(first.Text, (await EngineRun.RunAsync(engine, EngineRun.Job("cocoon-test", Hello, stream: false))).Text);
    }

    private static DeterministicEngine With(TestEngineFault fault) => new(new TestEngineOptions { Fault = fault });

    private static Task<EngineRun> RunAsync(DeterministicEngine engine, string body) => EngineRun.RunAsync(engine, EngineRun.Job("cocoon-test", body));
}
