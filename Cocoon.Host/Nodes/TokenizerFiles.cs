using Cocoon.Actors.Ports;
using Cocoon.Client;
using Cocoon.Client.Recounts;
using Cocoon.Inference.Embedded;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Templates;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Host.Nodes;

/// <summary>The tokenizers by which a client counts again what it was billed.</summary>
internal sealed class TokenizerFiles : IDisposable
{
    private readonly Dictionary<string, ITokenCounter> counters = new(StringComparer.Ordinal);

    /// <summary>Opens them. Throws <see cref="IOException"/> with the file's fault.</summary>
    /// <param name="files">By model.</param>
    public static TokenizerFiles Open(IReadOnlyDictionary<string, string> files)
    {
        TokenizerFiles opened = new();
        foreach ((string model, string file) in files)
        {
            try
            {
                opened.counters.Add(model, new Counter(TokenCounter.Open(file)));
            }
            catch (Exception fault) when (fault is GgufException or TokenizerException or TemplateException or IOException or UnauthorizedAccessException)
            {
                opened.Dispose();
                throw new IOException($"client.models.{model}.tokenizer-file: {fault.Message}", fault);
            }
        }

        return opened;
    }

    /// <summary>The client itself where no model has a tokenizer here.</summary>
    public IJobClient Recounting(IJobClient client) => counters.Count == 0 ? client : new RecountingJobClient(client, counters);

    public void Dispose()
    {
        foreach (ITokenCounter counter in counters.Values)
            ((Counter)counter).Dispose();
    }

    private sealed class Counter(TokenCounter counter) : ITokenCounter, IDisposable
    {
        public long? CountPrompt(JobRequest request)
        {
            try
            {
                return counter.CountPrompt((EngineEndpoint)request.Endpoint, request.Body);
            }
            catch (EngineException)
            {
                return null;
            }
        }

        public long CountText(string text) => counter.CountText(text);

        public void Dispose() => counter.Dispose();
    }
}
