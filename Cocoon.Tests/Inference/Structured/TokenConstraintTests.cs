using System.Text;
using System.Text.Json;
using Cocoon.Inference.Gguf;
using Cocoon.Inference.Structured;
using Cocoon.Inference.Tokenizers;
using Cocoon.Tests.Inference.Embedded;

namespace Cocoon.Tests.Inference.Structured;

/// <summary>Random walks through a real vocabulary under a grammar: whatever is drawn, what comes out is valid.</summary>
public sealed class TokenConstraintTests
{
    private const string Schema = """
        {"type": "object", "properties": {
          "name": {"type": "string", "maxLength": 20}, "kind": {"enum": ["été", "hiver", "a\"b"]}, "n": {"type": "integer"}, "x": {"type": "number"},
          "tags": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]{1,5}$"}, "maxItems": 3},
          "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}, "required": ["name", "kind", "next"], "additionalProperties": false}
        """;

    [Fact]
    public void Random_walks_end_in_valid_json()
    {
        using GgufFile file = GgufFile.Open(DemoEngine.ModelPath);
        Tokenizer tokenizer = Tokenizer.Read(file.Metadata);
        TokenTrie trie = new(tokenizer.Vocabulary);
        foreach (GrammarMachine machine in (GrammarMachine[])[JsonSchemaCompiler.AnyObject(), JsonSchemaCompiler.Compile(JsonDocument.Parse(Schema).RootElement)])
        {
            TokenGrammar grammar = new(machine, trie, tokenizer);
            Random random = new(3);
            for (int walk = 0; walk < 40; walk++)
            {
                string text = Walk(grammar, tokenizer, random);
                using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 300 });
                Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
            }
        }
    }

    [Fact]
    public void A_mask_is_exactly_what_the_grammar_allows()
    {
        using GgufFile file = GgufFile.Open(DemoEngine.ModelPath);
        Tokenizer tokenizer = Tokenizer.Read(file.Metadata);
        GrammarMachine machine = JsonSchemaCompiler.Compile(JsonDocument.Parse(Schema).RootElement);
        TokenConstraint constraint = new TokenGrammar(machine, new TokenTrie(tokenizer.Vocabulary), tokenizer).Begin();
        Random random = new(9);
        for (int step = 0; step < 60; step++)
        {
            ReadOnlySpan<ulong> mask = constraint.Mask();
            List<int> allowed = [];
            for (int token = 0; token < tokenizer.Vocabulary.Count; token++)
            {
                if ((mask[token >> 6] >> token & 1) != 0)
                    allowed.Add(token);
            }

            Assert.NotEmpty(allowed);
            Assert.Equal(constraint.IsComplete, allowed.Exists(tokenizer.EndTokens.Contains));
            allowed.RemoveAll(tokenizer.EndTokens.Contains);
            if (allowed.Count == 0)
                return;
            Assert.True(constraint.Accept(allowed[random.Next(allowed.Count)]));
        }
    }

    private static string Walk(TokenGrammar grammar, Tokenizer tokenizer, Random random)
    {
        TokenConstraint constraint = grammar.Begin();
        List<byte> text = [];
        for (int step = 0; step < 3000 && !constraint.IsComplete; step++)
        {
            ReadOnlySpan<ulong> mask = constraint.Mask();
            int token = Pick(mask, tokenizer, random, step);
            text.AddRange(tokenizer.Vocabulary.Bytes(token));
            Assert.True(constraint.Accept(token));
        }

        Assert.True(constraint.IsComplete, "the walk did not end");
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. text]);
    }

    /// <summary>A random allowed token; after a while those that close something, so that walks end.</summary>
    private static int Pick(ReadOnlySpan<ulong> mask, Tokenizer tokenizer, Random random, int step)
    {
        List<int> allowed = [];
        List<int> closing = [];
        for (int token = 0; token < tokenizer.Vocabulary.Count; token++)
        {
            if ((mask[token >> 6] >> token & 1) == 0)
                continue;
            allowed.Add(token);
            if (tokenizer.Vocabulary.Bytes(token)[0] is (byte)'"' or (byte)'}' or (byte)']' or (byte)'n' or (byte)':' or (byte)',')
                closing.Add(token);
        }

        List<int> from = step > 20 && closing.Count > 0 && random.Next(4) > 0 ? closing : allowed;
        int end = from.FindIndex(token => tokenizer.Vocabulary.Bytes(token) is [(byte)'}'] or [(byte)']'] or [(byte)'"']);
        return step > 60 && end >= 0 ? from[end] : from[random.Next(from.Count)];
    }
}
