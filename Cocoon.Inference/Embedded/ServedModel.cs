using Cocoon.Inference.Gguf;
using Cocoon.Inference.Model;
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
        Text = new ModelText(loaded.File.Metadata, clock, chatTemplate);
        if (Tokenizer.Vocabulary.Count > loaded.Shape.VocabularySize)
            throw new TokenizerException("tokenizer.ggml.tokens", $"has {Tokenizer.Vocabulary.Count} entries, but the model computes {loaded.Shape.VocabularySize}");

        Reasoning = FindReasoning();
        ShownControls = new[] { "<|python_tag|>", "<think>", "</think>", "<tool_call>", "</tool_call>" }.Select(Tokenizer.Vocabulary.FindSpecial).Where(id => id >= 0).ToHashSet();
        trie = new Lazy<TokenTrie>(() => new TokenTrie(Tokenizer.Vocabulary));
        TemplateTokens = Text.MeasureTemplate();
        Scheduler = new BatchScheduler(loaded, options, clock);
    }

    public string Name { get; }

    public TimeProvider Clock { get; }

    public ModelText Text { get; }

    public Tokenizer Tokenizer => Text.Tokenizer;

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

    private ReasoningTokens? FindReasoning()
    {
        int open = Tokenizer.Vocabulary.FindSpecial("<think>");
        int close = Tokenizer.Vocabulary.FindSpecial("</think>");
        return Text.Reasons && open >= 0 && close >= 0 ? new ReasoningTokens(open, close) : null;
    }
}
