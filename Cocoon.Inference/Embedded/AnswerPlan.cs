using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Inference.OpenAi;
using Cocoon.Inference.Sampling;
using Cocoon.Inference.Serving;
using Cocoon.Inference.Structured;
using Cocoon.Inference.Templates;

namespace Cocoon.Inference.Embedded;

/// <summary>A request worked out for one model: the prompt, and how each answer is drawn and read.</summary>
internal sealed class AnswerPlan
{
    private readonly ServedModel model;
    private readonly TokenGrammar? grammar;
    private readonly bool startsInReasoning;
    private readonly bool startsInCall;
    private readonly ToolFormat tools;
    private readonly HashSet<string> toolNames;

    private AnswerPlan(ServedModel model, IEnumerable<IReadOnlyList<int>> prompts, GenerationSettings settings, bool isChat)
    {
        (this.model, Prompts, Settings, IsChat) = (model, [.. prompts.Select(prompt => prompt.ToArray())], settings, isChat);
        toolNames = [];
    }

    private AnswerPlan(ServedModel model, ChatRequest request, IReadOnlyList<PromptSegment> prompt, TokenGrammar? grammar)
        : this(model, [model.Tokenizer.Encode(prompt)], request.Settings, isChat: true)
    {
        this.grammar = grammar;
        startsInCall = model.Text.StartsInCall(request);
        tools = request.ToolUse == ToolUse.None ? ToolFormat.None : model.Text.Tools;
        toolNames = [.. request.Tools.Select(tool => tool.Name)];
        startsInReasoning = model.Text.Reasons && string.Concat(prompt.TakeLast(4).Select(segment => segment.Text)).TrimEnd().EndsWith("<think>", StringComparison.Ordinal);
    }

    /// <summary>What is answered: one prompt, or the list of a text completion.</summary>
    public int[][] Prompts { get; }

    /// <summary>Answers over all prompts. Those of one prompt follow each other, as OpenAI numbers them.</summary>
    public int Choices => Prompts.Length * Settings.Choices;

    public GenerationSettings Settings { get; }

    public bool IsChat { get; }

    /// <summary>What the answers to each prompt begin with; null when they do not repeat it.</summary>
    public string[]? Echoes { get; private init; }

    public bool WantsLogprobs => Settings.Sampling.TopLogprobs is not null;

    public static AnswerPlan ForText(ServedModel model, ReadOnlyMemory<byte> body)
    {
        CompletionRequest request = CompletionRequest.Parse(body, model.Tokenizer.Vocabulary.Count);
        return new AnswerPlan(model, request.Prompts.Select(prompt => prompt.Encode(model.Tokenizer)), request.Settings, isChat: false)
        {
            Echoes = request.Echoes ? [.. request.Prompts.Select(prompt => prompt.Text ?? model.Tokenizer.Decode(prompt.Tokens!))] : null,
        };
    }

    public static AnswerPlan ForChat(ServedModel model, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        ChatRequest request = ChatRequest.Parse(body, model.Tokenizer.Vocabulary.Count);
        IReadOnlyList<PromptSegment> prompt = model.Text.Prompt(model.Name, request, cancellationToken);
        try
        {
            return new AnswerPlan(model, request, prompt, GrammarFor(model, request));
        }
        catch (GrammarException exception)
        {
            throw new EngineException(EngineFailure.BadRequest, $"'{(request.Form == AnswerForm.Text ? "tools" : "response_format.json_schema")}': {exception.Message}", exception);
        }
    }

    /// <summary>The number of the prompt that an answer belongs to.</summary>
    public int PromptOf(int choice) => choice / Settings.Choices;

    /// <summary>Starts one of the answers.</summary>
    public Generation Start(int choice, int maxTokens, string cacheScope)
    {
        int[] prompt = Prompts[PromptOf(choice)];
        SamplingOptions sampling = Settings.Sampling;
        // A prompt in a list is answered as if it had come alone.
        if (sampling.Seed is { } seed)
            sampling = sampling with { Seed = unchecked(seed + (ulong)(choice % Settings.Choices) * 0x9E3779B97F4A7C15UL) };
        TokenChooser chooser = new(
            model.Tokenizer, new TokenSampler(sampling, prompt), grammar?.Begin(), startsInCall ? null : model.Reasoning, startsInReasoning);
        return model.Scheduler.Submit(new GenerationRequest(prompt, maxTokens, cacheScope, chooser));
    }

    public AnswerReader Reader() => new(
        model.Tokenizer,
        Settings.Stops,
        new ReasoningSplitter(IsChat && model.Text.Reasons && !startsInCall, startsInReasoning),
        new ToolCallParser(tools, toolNames, startsInCall),
        IsChat ? model.ShownControls : new HashSet<int>());

    private static TokenGrammar? GrammarFor(ServedModel model, ChatRequest request)
    {
        if (request.Form == AnswerForm.JsonObject)
            return model.Grammar("object", JsonSchemaCompiler.AnyObject);
        if (request.Form == AnswerForm.JsonSchema)
            return model.Grammar("schema " + request.Schema!.Value.GetRawText(), () => JsonSchemaCompiler.Compile(request.Schema.Value));
        if (request.ToolUse != ToolUse.Required)
            return null;
        List<(string Name, JsonElement? Parameters)> tools =
            [.. request.Tools.Where(tool => request.RequiredTool is null || tool.Name == request.RequiredTool).Select(tool => (tool.Name, tool.Parameters))];
        string arguments = model.Text.Tools == ToolFormat.Llama3 ? "parameters" : "arguments";
        string key = "call " + arguments + string.Concat(tools.Select(tool => $" {tool.Name} {tool.Parameters?.GetRawText()}"));
        return model.Grammar(key, () => JsonSchemaCompiler.ToolCall(tools, arguments));
    }
}
