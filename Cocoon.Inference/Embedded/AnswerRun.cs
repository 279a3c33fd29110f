using System.Text;
using System.Threading.Channels;
using Cocoon.Actors.Ports;
using Cocoon.Inference.OpenAi;
using Cocoon.Inference.Sampling;
using Cocoon.Inference.Serving;
using Cocoon.Protocol.Money;

namespace Cocoon.Inference.Embedded;

/// <summary>One job being answered: reads the tokens of its choices and writes OpenAI's objects.</summary>
internal sealed class AnswerRun(AnswerPlan plan, EngineJob job, ServedModel model)
{
    private readonly ResponseWriter writer = new(
        (plan.IsChat ? "chatcmpl-" : "cmpl-") + Guid.NewGuid().ToString("N"), job.Model, model.Clock.GetUtcNow().ToUnixTimeSeconds(), plan.IsChat, model.Tokenizer);

    private readonly Channel<EngineChunk> chunks = Channel.CreateUnbounded<EngineChunk>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ResponseChoice?[] choices = new ResponseChoice?[plan.Choices];
    private readonly int[] toldPrompts = new int[plan.Prompts.Length];
    private int completionTokens;
    private int reasoningTokens;
    private int cachedTokens;

    /// <summary>Starts every choice, then gives chunks as they come. What runs is given up when the caller leaves.</summary>
    public async IAsyncEnumerable<EngineChunk> RunAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Generation> generations = [];
        Task work = Task.CompletedTask;
        try
        {
            for (int choice = 0; choice < plan.Choices; choice++)
                generations.Add(plan.Start(choice, job.MaxOutputTokens, job.CacheScope));
            work = WorkAsync(generations, leaving.Token);
            await foreach (EngineChunk chunk in chunks.Reader.ReadAllAsync(cancellationToken))
                yield return chunk;
        }
        finally
        {
            await leaving.CancelAsync();
            foreach (Generation generation in generations)
                generation.Dispose();
            await work;
        }
    }

    private async Task WorkAsync(List<Generation> generations, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(generations.Select((generation, choice) => ReadAsync(generation, choice, cancellationToken)));
            string finish = choices[0]!.Finish;
            ResponseUsage usage = new(plan.Prompts.Sum(prompt => prompt.Length), cachedTokens, completionTokens, reasoningTokens);
            if (!job.Stream)
                chunks.Writer.TryWrite(new EngineChunk(writer.Response([.. choices!], usage, plan.WantsLogprobs), Amounts(usage), finish));
            else
                chunks.Writer.TryWrite(new EngineChunk(plan.Settings.IncludesUsage ? writer.UsageChunk(usage) : default(ReadOnlyMemory<byte>), [], finish));
            chunks.Writer.Complete();
        }
        catch (Exception exception) when (exception is EngineException or OperationCanceledException)
        {
            chunks.Writer.Complete(exception);
        }
        catch (Exception exception)
        {
            chunks.Writer.Complete(new EngineException(EngineFailure.Failed, $"the engine failed: {exception.Message}", exception));
        }
    }

    private async Task ReadAsync(Generation generation, int choice, CancellationToken cancellationToken)
    {
        AnswerReader reader = plan.Reader();
        ChoiceText text = new(choice);
        if (job.Stream && plan.IsChat)
            Send(writer.RoleChunk(choice), []);
        string finish = "length";
        List<UsageAmount> owed = [];
        string? echo = plan.Echoes?[plan.PromptOf(choice)];
        await foreach (GeneratedToken token in generation.Tokens.ReadAllAsync(cancellationToken))
        {
            int reasoningBefore = reader.ReasoningTokens;
            AnswerStep step = reader.Add(token.Token, (TokenLogprobs?)token.Detail);
            Count(generation, plan.PromptOf(choice), reader.ReasoningTokens > reasoningBefore, owed);
            // Not before the first token: whoever measures how soon an answer begins would measure nothing.
            if (echo is not null)
                Deliver(new AnswerStep("", [new AnswerEvent(echo)], []), text, owed);
            echo = null;
            Deliver(step, text, owed);
            if (reader.IsStopped || token.End != GenerationEnd.None)
            {
                finish = reader.IsStopped || token.End == GenerationEnd.Stop ? "stop" : "length";
                break;
            }
        }

        generation.Dispose();
        Deliver(reader.Flush(), text, owed);
        if (finish == "stop" && reader.HasCalls)
            finish = "tool_calls";
        choices[choice] = text.ToChoice(finish);
        if (job.Stream)
            Send(writer.FinishChunk(choice, finish), owed);
    }

    private void Count(Generation generation, int prompt, bool isReasoning, List<UsageAmount> owed)
    {
        if (Interlocked.Exchange(ref toldPrompts[prompt], 1) == 0)
        {
            int cached = generation.CachedTokens;
            Interlocked.Add(ref cachedTokens, cached);
            owed.Add(new UsageAmount(UsageClass.Prompt, plan.Prompts[prompt].Length - cached));
            if (cached > 0)
                owed.Add(new UsageAmount(UsageClass.Cached, cached));
        }

        Interlocked.Increment(ref isReasoning ? ref reasoningTokens : ref completionTokens);
        owed.Add(new UsageAmount(isReasoning ? UsageClass.Reasoning : UsageClass.Completion, 1));
    }

    private void Deliver(AnswerStep step, ChoiceText text, List<UsageAmount> owed)
    {
        if (step.IsEmpty)
            return;
        text.Add(step);
        if (job.Stream)
            Send(writer.StepChunk(text.Index, step, text.CallIds, plan.WantsLogprobs), owed);
    }

    private void Send(byte[] payload, List<UsageAmount> owed)
    {
        List<UsageAmount> usage = [.. owed.GroupBy(amount => amount.Class).Select(group => new UsageAmount(group.Key, group.Sum(amount => amount.Amount)))];
        owed.Clear();
        chunks.Writer.TryWrite(new EngineChunk(payload, usage, null));
    }

    private static List<UsageAmount> Amounts(ResponseUsage usage) =>
    [
        .. new[]
        {
            new UsageAmount(UsageClass.Prompt, usage.Prompt - usage.Cached),
            new UsageAmount(UsageClass.Cached, usage.Cached),
            new UsageAmount(UsageClass.Completion, usage.Completion),
            new UsageAmount(UsageClass.Reasoning, usage.Reasoning),
        }.Where(amount => amount.Amount > 0),
    ];

    /// <summary>What one choice said so far.</summary>
    private sealed class ChoiceText(int index)
    {
        private readonly StringBuilder content = new();
        private readonly StringBuilder reasoning = new();
        private readonly List<(string Name, StringBuilder Arguments)> calls = [];
        private readonly List<TokenLogprobs> logprobs = [];

        public int Index { get; } = index;

        public List<string> CallIds { get; } = [];

        public void Add(AnswerStep step)
        {
            reasoning.Append(step.Reasoning);
            logprobs.AddRange(step.Logprobs);
            foreach (AnswerEvent entry in step.Events)
            {
                content.Append(entry.Content);
                if (entry.Name is { } name)
                {
                    calls.Add((name, new StringBuilder()));
                    CallIds.Add("call_" + Guid.NewGuid().ToString("N")[..24]);
                }

                if (entry.Call >= 0)
                    calls[entry.Call].Arguments.Append(entry.Arguments);
            }
        }

        public ResponseChoice ToChoice(string finish) => new(
            Index, content.ToString(), reasoning.ToString(), [.. calls.Select((call, number) => new ResponseCall(CallIds[number], call.Name, call.Arguments.ToString()))], logprobs, finish);
    }
}
