using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Templates;

namespace Cocoon.Inference.Tokenizers;

/// <summary>
/// A model's tokenizer, read from its file: <c>gpt2</c> (byte-level byte pairs) or <c>llama</c> (SentencePiece). Safe for several
/// threads. Text is not normalised (as in llama.cpp; the Hugging Face Qwen tokenizer applies NFC first, so counts of decomposed
/// text can differ from its). A lone surrogate in a string counts as U+FFFD.
/// </summary>
internal sealed class Tokenizer
{
    private static readonly string[] EndTexts =
        ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<end_of_turn>", "<|end_of_turn|>", "<|endofturn|>", "</s>", "<|return|>", "<|call|>"];

    private readonly Func<ITextEncoder> newEncoder;
    private readonly ConcurrentBag<ITextEncoder> idle = [];
    private readonly SpecialTokenMatcher trusted;
    private readonly SpecialTokenMatcher untrusted;

    private Tokenizer(GgufMetadata metadata, string kind, Vocabulary vocabulary, Func<ITextEncoder> newEncoder, bool addsBosByDefault)
    {
        Kind = kind;
        Vocabulary = vocabulary;
        this.newEncoder = newEncoder;
        trusted = SpecialTokenMatcher.ForTrusted(vocabulary);
        untrusted = SpecialTokenMatcher.ForUntrusted(vocabulary);
        Bos = SpecialId(metadata, "bos");
        Eos = SpecialId(metadata, "eos");
        AddsBos = metadata.GetBoolean("tokenizer.ggml.add_bos_token", addsBosByDefault) && Bos >= 0;
        EndTokens = FindEndTokens(metadata);
    }

    /// <summary><c>gpt2/qwen2</c>, <c>llama</c> and so on, for people.</summary>
    public string Kind { get; }

    public Vocabulary Vocabulary { get; }

    /// <summary>The begin token, or -1.</summary>
    public int Bos { get; }

    /// <summary>The end token, or -1.</summary>
    public int Eos { get; }

    /// <summary>True when a raw prompt starts with <see cref="Bos"/>. A chat template writes its own.</summary>
    public bool AddsBos { get; }

    /// <summary>Every token that ends an answer: end of text, of turn, of message.</summary>
    public IReadOnlySet<int> EndTokens { get; }

    /// <summary>Reads a tokenizer. Throws <see cref="TokenizerException"/> or <see cref="GgufException"/> naming the field.</summary>
    public static Tokenizer Read(GgufMetadata metadata)
    {
        string model = metadata.GetString("tokenizer.ggml.model");
        switch (model)
        {
            case "gpt2":
                Vocabulary vocabulary = Vocabulary.Read(metadata, isByteLevel: true);
                BytePairRules rules = BytePairRules.Read(metadata, vocabulary);
                return new Tokenizer(metadata, $"gpt2/{rules.Splitter.Name}", vocabulary, () => new BytePairEncoder(rules), rules.Splitter.Name == "llama-bpe");
            case "llama":
                Vocabulary pieces = Vocabulary.Read(metadata, isByteLevel: false);
                SentencePieceRules pieceRules = SentencePieceRules.Read(metadata, pieces);
                return new Tokenizer(metadata, "llama", pieces, () => new SentencePieceEncoder(pieceRules), addsBosByDefault: true);
            default:
                throw new TokenizerException("tokenizer.ggml.model", $"'{model}' is not supported; supported are gpt2, llama");
        }
    }

    /// <summary>Tokens of plain text. What looks like a special token stays text.</summary>
    public List<int> Encode(string text, bool addBos = false) => Encode([new PromptSegment(text, false)], addBos);

    /// <summary>
    /// Tokens of a rendered prompt. Special tokens form only inside trusted segments; between them trusted and untrusted text are
    /// one text, so that tokens are the very ones the model was trained on.
    /// </summary>
    public List<int> Encode(IReadOnlyList<PromptSegment> segments, bool addBos = false)
    {
        List<int> tokens = [];
        if (addBos && Bos >= 0)
            tokens.Add(Bos);
        ITextEncoder encoder = idle.TryTake(out ITextEncoder? pooled) ? pooled : newEncoder();
        ArrayBufferWriter<byte> plain = new();
        bool isStart = true;
        foreach (PromptSegment segment in segments)
        {
            SpecialTokenMatcher matcher = segment.IsTrusted ? trusted : untrusted;
            int from = 0;
            while (matcher.TryFind(segment.Text, from, out int at, out int length, out int id))
            {
                Encoding.UTF8.GetBytes(segment.Text.AsSpan(from, at - from), plain);
                Flush();
                tokens.Add(id);
                isStart = true;
                from = at + length;
            }

            Encoding.UTF8.GetBytes(segment.Text.AsSpan(from), plain);
        }

        Flush();
        if (idle.Count < Environment.ProcessorCount)
            idle.Add(encoder);
        return tokens;

        void Flush()
        {
            if (plain.WrittenCount == 0)
                return;
            encoder.Encode(plain.WrittenSpan, isStart, tokens);
            plain.ResetWrittenCount();
            isStart = false;
        }
    }

    /// <summary>The text of tokens; control tokens show as nothing, bytes that are no UTF-8 as U+FFFD.</summary>
    public string Decode(IEnumerable<int> tokens)
    {
        TokenDecoder decoder = new(this);
        StringBuilder text = new();
        foreach (int token in tokens)
            text.Append(decoder.Add(token));
        return text.Append(decoder.Flush()).ToString();
    }

    /// <summary>What a token adds to the shown text.</summary>
    public ReadOnlySpan<byte> ShownBytes(int token) =>
        Vocabulary.Kind(token) is TokenKind.Control or TokenKind.Unknown ? [] : Vocabulary.Bytes(token);

    private int SpecialId(GgufMetadata metadata, string name)
    {
        string key = $"tokenizer.ggml.{name}_token_id";
        long id = metadata.GetInt64(key, -1);
        if (id is 0xFFFFFFFF)
            return -1;
        return id < Vocabulary.Count ? (int)Math.Max(id, -1) : throw new TokenizerException(key, $"{id} is no token: the vocabulary has {Vocabulary.Count}");
    }

    private HashSet<int> FindEndTokens(GgufMetadata metadata)
    {
        HashSet<int> ends = [];
        foreach (string name in (ReadOnlySpan<string>)["eos", "eot", "eom"])
        {
            int id = SpecialId(metadata, name);
            if (id >= 0)
                ends.Add(id);
        }

        foreach (string text in EndTexts)
        {
            int id = Vocabulary.FindSpecial(text);
            if (id >= 0 && Vocabulary.Kind(id) == TokenKind.Control)
                ends.Add(id);
        }

        return ends;
    }
}
