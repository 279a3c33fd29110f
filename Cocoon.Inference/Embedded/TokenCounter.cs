using Cocoon.Actors.Ports;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.OpenAi;

namespace Cocoon.Inference.Embedded;

/// <summary>
/// Counts what requests and answers weigh, by the tokenizer and the chat template of a model's file: of the file only its header is read.
/// Safe for concurrent use.
/// </summary>
public sealed class TokenCounter : IDisposable
{
    private readonly GgufFile file;
    private readonly ModelText text;
    private readonly string path;

    private TokenCounter(string path, GgufFile file, ModelText text)
    {
        this.path = path;
        this.file = file;
        this.text = text;
    }

    /// <summary>Opens a model's file.</summary>
    /// <param name="path">The GGUF file; one that holds the vocabulary alone will do.</param>
    /// <exception cref="GgufException">The file is damaged.</exception>
    /// <exception cref="Tokenizers.TokenizerException">Its vocabulary is damaged or of an unknown kind.</exception>
    /// <exception cref="Templates.TemplateException">Its chat template cannot be read.</exception>
    public static TokenCounter Open(string path)
    {
        GgufFile file = GgufFile.Open(path);
        try
        {
            return new TokenCounter(path, file, new ModelText(file.Metadata, TimeProvider.System, chatTemplate: null));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Tokens of a request's prompt. Throws <see cref="EngineException"/> for a request that the model cannot take.</summary>
    /// <param name="endpoint">Whose request it is.</param>
    /// <param name="body">OpenAI's JSON request.</param>
    public int CountPrompt(EngineEndpoint endpoint, ReadOnlyMemory<byte> body)
    {
        int vocabulary = text.Tokenizer.Vocabulary.Count;
        switch (endpoint)
        {
            case EngineEndpoint.ChatCompletions:
                return text.Tokenizer.Encode(text.Prompt(path, ChatRequest.Parse(body, vocabulary), CancellationToken.None)).Count;
            case EngineEndpoint.Completions:
                return Count(CompletionRequest.Parse(body, vocabulary).Prompts);
            default:
                return Count(EmbeddingRequest.Parse(body, vocabulary).Inputs);
        }
    }

    /// <summary>Tokens of a text that a model wrote.</summary>
    public int CountText(string answer) => text.Tokenizer.Encode(answer).Count;

    /// <summary>Unmaps the file.</summary>
    public void Dispose() => file.Dispose();

    private int Count(IReadOnlyList<TextInput> inputs) => inputs.Sum(input => input.Encode(text.Tokenizer).Count);
}
