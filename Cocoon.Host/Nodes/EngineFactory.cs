using Cocoon.Actors.Ports;
using Cocoon.Host.Configuration;
using Cocoon.Inference.Embedded;
using Cocoon.Inference.TestEngine;
using Cocoon.Inference.Upstream;

namespace Cocoon.Host.Nodes;

/// <summary>The engine that a worker's configuration asks for.</summary>
internal static class EngineFactory
{
    /// <summary>Opens the engine. Throws what its kind throws for a file or an address that cannot be used.</summary>
    public static IInferenceEngine Open(EngineOptions options) => options.Kind switch
    {
        EngineKind.Embedded => OpenEmbedded(options.Embedded),
        EngineKind.Upstream => new UpstreamEngine(options.Upstream!, TimeProvider.System),
        _ => new DeterministicEngine(options.Test, (wait, cancelled) => new ValueTask(Task.Delay(wait, cancelled))),
    };

    private static EmbeddedEngine OpenEmbedded(EmbeddedEngineOptions options)
    {
        Cocoon.Inference.Serving.EngineOptions engine = new() { MaxConcurrent = options.MaxConcurrent };
        if (options.Threads > 0)
            engine = engine with { Threads = options.Threads };
        if (options.ContextTokens > 0)
            engine = engine with { ContextTokens = options.ContextTokens };
        return EmbeddedEngine.Open(options.ModelFile, engine, options.Model);
    }
}
