using Cocoon.Benchmarks.Engine;
using Cocoon.Inference.Serving;

namespace Cocoon.Tests.Inference.Peer;

/// <summary>Vectors of texts, here and in llama.cpp, on the demo model.</summary>
public sealed class LlamaEmbeddingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Vectors_agree(int pooling)
    {
        LlamaCpp.Require();
        string path = Path.Combine(SharedVectors.RepositoryRoot, "models", "cocoon-tiny-en-fr-q8_0.gguf");
        EngineOptions options = new() { Threads = 1, ChunkTokens = 32 };
        using LoadedModel model = LoadedModel.Open(path, options);
        using BatchScheduler scheduler = new(model, options, TimeProvider.System);
        using LlamaPeer peer = new(path, threads: 1, contextTokens: 256, isExact: true, pooling);
        foreach (int length in (int[])[1, 7, 40, 200])
        {
            int[] tokens = [.. Enumerable.Range(0, length).Select(i => 300 + (i * 37 % 3000))];
            float[] expected = peer.Embed(tokens, model.Shape.Width);
            float[] actual = await scheduler.EmbedAsync(tokens, (EmbeddingPooling)pooling, TestContext.Current.CancellationToken);
            Assert.InRange(expected.Zip(actual).Sum(pair => pair.First * pair.Second), 0.999, 1.0001);
        }
    }
}
