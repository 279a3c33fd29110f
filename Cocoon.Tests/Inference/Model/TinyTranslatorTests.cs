using System.Text.Json;
using Cocoon.Inference.Kernels;
using Cocoon.Inference.Model;

namespace Cocoon.Tests.Inference.Model;

/// <summary>The small trained model gives the answers that llama.cpp gives.</summary>
public sealed class TinyTranslatorTests
{
    [Theory]
    [InlineData(KeyValueFormat.F16)]
    [InlineData(KeyValueFormat.Q8_0)]
    public void Greedy_answers_are_the_reference_ones(KeyValueFormat format)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(SharedVectors.Require("models", "reference-q8_0.json")));
        using TestModel model = new(SharedVectors.Require("models", "cocoon-tiny-en-fr-q8_0.gguf"), KernelSet.Best, threads: 2, format);
        int compared = 0;
        foreach (JsonElement result in json.RootElement.GetProperty("results").EnumerateArray())
        {
            if (result.GetProperty("min_margin").GetDouble() <= 0.3)
                continue;
            int[] prompt = Ints(result.GetProperty("prompt_tokens")), expected = Ints(result.GetProperty("tokens"));
            float[] logits = model.PromptLogits(prompt)[^model.Shape.VocabularySize..];
            List<int> answer = [];
            foreach (int _ in expected)
            {
                answer.Add(ReferenceLogitsTests.Largest(logits));
                logits = model.Decode(answer[^1], prompt.Length + answer.Count - 1);
            }

            Assert.Equal(expected, answer);
            compared++;
        }

        Assert.InRange(compared, 15, 100);
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(element => element.GetInt32())];
}
