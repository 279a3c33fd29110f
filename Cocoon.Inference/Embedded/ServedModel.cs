using System.Text.Json;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Model;
using Cocoon.Inference.OpenAi;
using Cocoon.Inference.Serving;
using Cocoon.Inference.Structured;
using Cocoon.Inference.Templates;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Inference.Embedded;

/// <summary>A model file with all that serving it needs: tokenizer, chat template, grammars, and the engine that computes it.</summary>
internal sealed class ServedModel : IDisposable
{
    private const int MostGrammars = 32;

    private readonly LoadedModel loaded;
    private readonly Lazy<TokenTrie> trie;
    private readonly Dictionary<string, TokenGrammar> grammars = new(StringComparer.Ordinal);
    private readonly Lock grammarGate = new();

    private ServedModel(string name, LoadedModel loaded, EngineOptions options, TimeProvider clock, string? chatTemplate)
    {
        Name = name;
        this.loaded = loaded;
        Clock = clock;
        Tokenizer = Tokenizer.Read(loaded.File.Metadata);
        if (Tokenizer.Vocabulary.Count > loaded.Shape.VocabularySize)
            throw new TokenizerException("tokenizer.ggml.tokens", $"has {Tokenizer.Vocabulary.Count} entries, but the model computes {loaded.Shape.VocabularySize}");
        if ((chatTemplate ?? loaded.File.Metadata.GetString("tokenizer.chat_template", null)) is { } source)
        {
            Template = ChatTemplate.Parse(source);
            Tools = ToolFormats.Detect(source);
            Reasons = source.Contains("<think>", StringComparison.Ordinal);
        }

        Reasoning = FindReasoning();
        ShownControls = new[] { "<|python_tag|>", "<think>", "</think>", "<tool_call>", "</tool_call>" }.Select(Tokenizer.Vocabulary.FindSpecial).Where(id => id >= 0).ToHashSet();
        trie = new Lazy<TokenTrie>(() => new TokenTrie(Tokenizer.Vocabulary));
        TemplateTokens = Template is null ? 0 : MeasureTemplate();
        Scheduler = new BatchScheduler(loaded, options, clock);
    }

    public string Name { get; }

    public TimeProvider Clock { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>The chat template, or null for a model that has none and cannot chat.</summary>
    public ChatTemplate? Template { get; }

    public ToolFormat Tools { get; }

    /// <summary>True when answers may start with reasoning.</summary>
    public bool Reasons { get; }

    public ReasoningTokens? Reasoning { get; }

    /// <summary>Control tokens whose text the parsers of answers need.</summary>
    public IReadOnlySet<int> ShownControls { get; }

    /// <summary>Tokens that the template adds to a short conversation, tools' preamble included.</summary>
    public int TemplateTokens { get; }

    public BatchScheduler Scheduler { get; }

    /// <summary>The model's own way of pooling embeddings.</summary>
    public EmbeddingPooling Pooling =>
        loaded.File.Metadata.GetInt64($"{loaded.File.Metadata.GetString("general.architecture")}.pooling_type", 1) == 3 ? EmbeddingPooling.Last : EmbeddingPooling.Mean;

    /// <summary>Opens a file. Throws <see cref="GgufException"/>, <see cref="ModelException"/>, <see cref="TokenizerException"/> or <see cref="TemplateException"/>.</summary>
    public static ServedModel Open(string path, string? name, EngineOptions options, TimeProvider clock, string? chatTemplate)
    {
        LoadedModel loaded = LoadedModel.Open(path, options);
        try
        {
            return new ServedModel(name ?? loaded.File.Metadata.GetString("general.name", null) ?? Path.GetFileNameWithoutExtension(path), loaded, options, clock, chatTemplate);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Renders a conversation.</summary>
    public IReadOnlyList<PromptSegment> Render(TemplateValue messages, TemplateValue tools, IEnumerable<KeyValuePair<string, JsonElement>> more, CancellationToken cancellationToken)
    {
        MapValue variables = new();
        foreach ((string key, JsonElement value) in more)
            variables.Set(key, TemplateJson.FromJson(value));
        variables.Set("messages", messages);
        variables.Set("tools", tools);
        variables.Set("documents", NoneValue.Instance);
        variables.Set("add_generation_prompt", TemplateValue.Of(true));
        variables.Set("bos_token", TemplateValue.Trusted(SpecialText(Tokenizer.Bos)));
        variables.Set("eos_token", TemplateValue.Trusted(SpecialText(Tokenizer.Eos)));
        return Template!.Render(variables, Clock, cancellationToken);
    }

    /// <summary>A grammar ready for this vocabulary; the last ones are remembered.</summary>
    public TokenGrammar Grammar(string key, Func<GrammarMachine> compile)
    {
        lock (grammarGate)
        {
            if (grammars.TryGetValue(key, out TokenGrammar? known))
                return known;
        }

        TokenGrammar grammar = new(compile(), trie.Value, Tokenizer);
        lock (grammarGate)
        {
            if (grammars.Count >= MostGrammars)
                grammars.Clear();
            grammars[key] = grammar;
        }

        return grammar;
    }

    public void Dispose()
    {
        Scheduler.Dispose();
        loaded.Dispose();
    }

    private string SpecialText(int token) => token < 0 ? string.Empty : Tokenizer.Vocabulary.Text(token);

    private ReasoningTokens? FindReasoning()
    {
        int open = Tokenizer.Vocabulary.FindSpecial("<think>");
        int close = Tokenizer.Vocabulary.FindSpecial("</think>");
        return Reasons && open >= 0 && close >= 0 ? new ReasoningTokens(open, close) : null;
    }

    private int MeasureTemplate()
    {
        using JsonDocument sample = JsonDocument.Parse("""
            {"plain": [{"role": "user", "content": ""}], "full": [{"role": "system", "content": ""}, {"role": "user", "content": ""}],
             "tools": [{"type": "function", "function": {"name": "f", "description": "", "parameters": {"type": "object", "properties": {}}}}]}
            """);
        int most = 0;
        foreach ((string messages, bool withTools) in (ReadOnlySpan<(string, bool)>)[("plain", false), ("full", false), ("plain", true), ("full", true)])
        {
            TemplateValue tools = withTools ? TemplateJson.FromJson(sample.RootElement.GetProperty("tools")) : NoneValue.Instance;
            try
            {
                most = Math.Max(most, Tokenizer.Encode(Render(TemplateJson.FromJson(sample.RootElement.GetProperty(messages)), tools, [], CancellationToken.None)).Count);
            }
            catch (TemplateException) when (messages == "full" || withTools)
            {
                // Some families take no system message or no tools, and say so.
            }
        }

        const int Slack = 16;
        return most + Slack;
    }
}
