using System.Text;
using System.Text.Json;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Templates;
using Cocoon.Inference.Tokenizers;
using Cocoon.Tests.Inference.Templates;

namespace Cocoon.Tests.Inference.Tokenizers;

/// <summary>llama.cpp's own cases, and what llama.cpp did with the demo model.</summary>
public sealed class TokenizerVectorTests
{
    [Theory]
    [InlineData("qwen2", 46)]
    [InlineData("gpt-2", 46)]
    public void Tokens_are_those_of_the_published_cases(string name, int count)
    {
        string path = SharedVectors.Require("vectors", "inference", "tokenizers", $"ggml-vocab-{name}.gguf");
        using GgufFile file = GgufFile.Open(path);
        Tokenizer tokenizer = Tokenizer.Read(file.Metadata);
        string[] inputs = File.ReadAllText(path + ".inp").Split("\n__ggml_vocab_test__\n");
        string[] outputs = File.ReadAllText(path + ".out").TrimEnd('\n').Split('\n');
        Assert.Equal(count, outputs.Length);
        for (int index = 0; index < count; index++)
        {
            int[] expected = [.. outputs[index].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            List<int> actual = tokenizer.Encode(inputs[index]);
            Assert.Equal(expected, actual);
            Assert.Equal(actual, tokenizer.Encode(inputs[index]));
            Assert.Equal(inputs[index], tokenizer.Decode(actual));
        }
    }

    [Fact]
    public void The_demo_model_is_prompted_and_read_as_llama_cpp_does()
    {
        string models = Path.Combine(SharedVectors.RepositoryRoot, "models");
        using GgufFile file = GgufFile.Open(Path.Combine(models, "cocoon-tiny-en-fr-q8_0.gguf"));
        Tokenizer tokenizer = Tokenizer.Read(file.Metadata);
        ChatTemplate template = ChatTemplate.Parse(file.Metadata.GetString("tokenizer.chat_template"));
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(models, "reference-q8_0.json")));
        int checkedCases = 0;
        foreach (JsonElement entry in reference.RootElement.GetProperty("results").EnumerateArray()
            .Concat(reference.RootElement.GetProperty("conversations").EnumerateArray()))
        {
            MapValue variables = new();
            variables.Set("messages", entry.TryGetProperty("messages", out JsonElement messages) ? TemplateJson.FromJson(messages) : UserMessage(entry));
            variables.Set("add_generation_prompt", TemplateValue.Of(true));
            IReadOnlyList<PromptSegment> prompt = template.Render(variables, new FixedClock());
            Assert.Equal(entry.GetProperty("rendered").GetString(), string.Concat(prompt.Select(segment => segment.Text)));
            Assert.Equal(entry.GetProperty("prompt_tokens").Deserialize<int[]>(), tokenizer.Encode(prompt, tokenizer.AddsBos));
            int[] answer = entry.GetProperty("tokens").Deserialize<int[]>()!;
            Assert.Equal(entry.GetProperty("text").GetString(), tokenizer.Decode(answer));
            Assert.Contains(answer[^1], tokenizer.EndTokens);
            checkedCases++;
        }

        Assert.Equal(32, checkedCases);
    }

    [Fact]
    public void Bytes_that_are_no_text_and_lone_surrogates_have_defined_tokens()
    {
        using GgufFile file = GgufFile.Open(Path.Combine(SharedVectors.RepositoryRoot, "models", "cocoon-tiny-en-fr-q8_0.gguf"));
        Tokenizer tokenizer = Tokenizer.Read(file.Metadata);
        Assert.Equal(tokenizer.Encode("a\uFFFDb"), tokenizer.Encode("a\uD83Eb"));
        Assert.Equal(tokenizer.Encode("\uFFFD"), tokenizer.Encode("\uDD99"));

        byte[] invalid = [0x61, 0xFF, 0xC3, 0x28, 0xF0, 0x9F, 0xA6];
        BytePairEncoder encoder = new(BytePairRules.Read(file.Metadata, tokenizer.Vocabulary));
        List<int> tokens = [];
        encoder.Encode(invalid, true, tokens);
        byte[] back = [.. tokens.SelectMany(token => tokenizer.Vocabulary.Bytes(token).ToArray())];
        Assert.Equal(invalid.Where(value => value != 0xFF), back.Where(value => value != 0xFF));
    }

    [Fact]
    public void Streams_hold_back_half_characters()
    {
        using GgufFile file = GgufFile.Open(Path.Combine(SharedVectors.RepositoryRoot, "models", "cocoon-tiny-en-fr-q8_0.gguf"));
        Tokenizer tokenizer = Tokenizer.Read(file.Metadata);
        const string Text = "é 🦙 한글 日本 a\u0301 fin";
        TokenDecoder decoder = new(tokenizer);
        StringBuilder streamed = new();
        foreach (int token in tokenizer.Encode(Text))
        {
            string piece = decoder.Add(token);
            Assert.DoesNotContain('\uFFFD', piece);
            streamed.Append(piece);
        }

        Assert.Equal(Text, streamed.Append(decoder.Flush()).ToString());

        decoder.Add([0xF0, 0x9F]);
        Assert.Equal("\uFFFDx", decoder.Add("x"u8));
        Assert.Equal(string.Empty, decoder.Add([0xE3, 0x81]));
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal(string.Empty, decoder.Flush());
    }

    private static ListValue UserMessage(JsonElement entry)
    {
        MapValue message = new();
        message.Set("role", TemplateValue.Trusted("user"));
        message.Set("content", new TextValue(TemplateText.Untrusted(entry.GetProperty("prompt").GetString()!)));
        return new ListValue([message]);
    }
}
