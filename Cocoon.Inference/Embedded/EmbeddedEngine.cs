using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Cocoon.Actors.Ports;
using Cocoon.Inference.OpenAi;
using Cocoon.Inference.Serving;
using Cocoon.Protocol.Money;

namespace Cocoon.Inference.Embedded;

/// <summary>The engine in this process: runs one GGUF model in managed code, and answers OpenAI's chat completions, completions and embeddings.</summary>
public sealed class EmbeddedEngine : IInferenceEngine, IDisposable
{
    private readonly ServedModel model;
    private readonly EngineOptions options;

    private EmbeddedEngine(ServedModel model, EngineOptions options) => (this.model, this.options) = (model, options);

    /// <summary>The model's name.</summary>
    public string ModelName => model.Name;

    /// <summary>Opens a model file and starts its engine.</summary>
    /// <param name="path">The GGUF file.</param>
    /// <param name="options">How to use the machine.</param>
    /// <param name="name">The name that jobs ask for; null for the file's own.</param>
    /// <param name="clock">For time stamps and templates; null for the system's.</param>
    /// <param name="chatTemplate">A chat template (Jinja) in place of the file's own; null for that.</param>
    /// <exception cref="Gguf.GgufException">The file is damaged.</exception>
    /// <exception cref="Cocoon.Inference.Model.ModelException">The model is of a kind that this engine does not run.</exception>
    /// <exception cref="Tokenizers.TokenizerException">Its vocabulary is damaged or of an unknown kind.</exception>
    /// <exception cref="Templates.TemplateException">Its chat template cannot be read.</exception>
    public static EmbeddedEngine Open(string path, EngineOptions options, string? name = null, TimeProvider? clock = null, string? chatTemplate = null) =>
        new(ServedModel.Open(path, name, options, clock ?? TimeProvider.System, chatTemplate), options);

    /// <inheritdoc/>
    public ValueTask<EngineStatus> StatusAsync(CancellationToken cancellationToken)
    {
        EngineModel served = new(model.Name, model.Scheduler.ContextTokens, options.MaxConcurrent, model.TemplateTokens);
        return ValueTask.FromResult(new EngineStatus([served], model.Scheduler.Running, model.Scheduler.Waiting));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<EngineChunk> RunAsync(EngineJob job, CancellationToken cancellationToken)
    {
        if (job.Model != model.Name)
            throw new EngineException(EngineFailure.UnknownModel, $"the model '{job.Model}' is not served here; '{model.Name}' is");
        if (job.MaxOutputTokens < 1 && job.Endpoint != EngineEndpoint.Embeddings)
            throw new EngineException(EngineFailure.BadRequest, "'max_tokens' must be 1 or more");
        return job.Endpoint switch
        {
            EngineEndpoint.ChatCompletions => new AnswerRun(AnswerPlan.ForChat(model, job.Body, cancellationToken), job, model).RunAsync(cancellationToken),
            EngineEndpoint.Completions => new AnswerRun(AnswerPlan.ForText(model, job.Body), job, model).RunAsync(cancellationToken),
            EngineEndpoint.Embeddings => EmbedAsync(job, cancellationToken),
            _ => throw new EngineException(EngineFailure.BadRequest, $"the endpoint {job.Endpoint} is not served here"),
        };
    }

    /// <summary>Stops the engine and unmaps the file.</summary>
    public void Dispose() => model.Dispose();

    private async IAsyncEnumerable<EngineChunk> EmbedAsync(EngineJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        EmbeddingRequest request = EmbeddingRequest.Parse(job.Body, model.Tokenizer.Vocabulary.Count);
        EmbeddingPooling pooling = request.TakesLast is { } last ? (last ? EmbeddingPooling.Last : EmbeddingPooling.Mean) : model.Pooling;
        List<float[]> vectors = [];
        int tokens = 0;
        foreach (TextInput input in request.Inputs)
        {
            IReadOnlyList<int> prompt = input.Encode(model.Tokenizer);
            tokens += prompt.Count;
            vectors.Add(await model.Scheduler.EmbedAsync(prompt.ToArray(), pooling, cancellationToken));
        }

        yield return new EngineChunk(WriteEmbeddings(job.Model, vectors, request.IsBase64, tokens), [new UsageAmount(UsageClass.Prompt, tokens)], "stop");
    }

    private static byte[] WriteEmbeddings(string name, List<float[]> vectors, bool isBase64, int tokens)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            for (int index = 0; index < vectors.Count; index++)
            {
                json.WriteStartObject();
                json.WriteString("object", "embedding");
                json.WriteNumber("index", index);
                WriteVector(json, vectors[index], isBase64);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("model", name);
            json.WriteStartObject("usage");
            json.WriteNumber("prompt_tokens", tokens);
            json.WriteNumber("total_tokens", tokens);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteVector(Utf8JsonWriter json, float[] vector, bool isBase64)
    {
        if (isBase64)
        {
            byte[] bytes = new byte[vector.Length * 4];
            for (int index = 0; index < vector.Length; index++)
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(index * 4), vector[index]);
            json.WriteBase64String("embedding", bytes);
            return;
        }

        json.WriteStartArray("embedding");
        foreach (float value in vector)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
