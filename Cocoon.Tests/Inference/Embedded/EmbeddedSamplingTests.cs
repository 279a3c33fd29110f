using System.Text.Json;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;
using Cocoon.Inference.Tokenizers;
using Cocoon.Tests.Inference.Model;

namespace Cocoon.Tests.Inference.Embedded;

/// <summary>What a request's seed and log probabilities promise, through the whole engine.</summary>
public sealed class EmbeddedSamplingTests(DemoEngine demo) : IClassFixture<DemoEngine>
{
    [Fact]
    public async Task A_seed_gives_the_same_text_whatever_else_is_computed()
    {
        string Body(int seed) => $$"""{"messages":[{"role":"user","content":"Open the file number {{seed}}."}],"temperature":1.8,"top_p":0.97,"seed":{{seed}},"logit_bias":{"4095":-100} }""";
        string[] alone = new string[8];
        for (int seed = 0; seed < alone.Length; seed++)
            alone[seed] = (await Run(Body(seed), $"alone {seed}")).Text;
        for (int round = 0; round < 3; round++)
        {
            EngineRun[] together = await Task.WhenAll(Enumerable.Range(0, alone.Length).Select(seed => Run(Body(seed), round < 2 ? $"together {round} {seed}" : $"alone {seed}")));
            Assert.Equal(alone, together.Select(run => run.Text));
        }

        Assert.Equal(alone.Length, alone.Distinct().Count());
    }

    [Fact]
    public async Task Log_probabilities_are_the_softmax_of_the_models_logits()
    {
        EngineRun run = await Run(
            """{"messages":[{"role":"user","content":"Save all changes."}],"temperature":1.3,"seed":5,"logprobs":true,"top_logprobs":7,"logit_bias":{"300":5},"frequency_penalty":1}""", "logprobs");
        using GgufFile file = GgufFile.Open(DemoEngine.ModelPath);
        Tokenizer tokenizer = Tokenizer.Read(file.Metadata);
        List<int> tokens = tokenizer.Encode([new("<|im_start|>user\nSave all changes.<|im_end|>\n<|im_start|>assistant\n", true)]);
        using TestModel model = new(DemoEngine.ModelPath, KernelSet.Best);
        float[] logits = model.PromptLogits([.. tokens])[^model.Shape.VocabularySize..];
        using JsonDocument response = JsonDocument.Parse(run.Payloads[0]);
        JsonElement[] content = [.. response.RootElement.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray()];
        Assert.InRange(content.Length, 4, 40);
        foreach (JsonElement entry in content)
        {
            double total = logits.Sum(logit => Math.Exp(logit));
            (double Value, byte[] Bytes)[] expected = [.. logits.Select((logit, token) => (logit - Math.Log(total), tokenizer.Vocabulary.Bytes(token).ToArray())).OrderByDescending(pair => pair.Item1).Take(7)];
            JsonElement[] top = [.. entry.GetProperty("top_logprobs").EnumerateArray()];
            Assert.Equal(expected.Select(pair => pair.Value), top.Select(given => given.GetProperty("logprob").GetDouble()), (a, b) => Math.Abs(a - b) < 2e-3);
            Assert.Equal(expected[0].Bytes, Bytes(top[0]));
            int chosen = Enumerable.Range(0, tokenizer.Vocabulary.Count).First(token => tokenizer.Vocabulary.Bytes(token).SequenceEqual(Bytes(entry)));
            Assert.Equal(logits[chosen] - Math.Log(total), entry.GetProperty("logprob").GetDouble(), 2e-3);
            logits = model.Decode(chosen, tokens.Count);
            tokens.Add(chosen);
        }
    }

    private static byte[] Bytes(JsonElement entry) => [.. entry.GetProperty("bytes").EnumerateArray().Select(value => value.GetByte())];

    private Task<EngineRun> Run(string body, string scope) =>
        EngineRun.RunAsync(demo.Engine, EngineRun.Job("demo", body, stream: false, maxOutput: 30, scope), TestContext.Current.CancellationToken);
}
