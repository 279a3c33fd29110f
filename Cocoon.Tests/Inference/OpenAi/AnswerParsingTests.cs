using Cocoon.Inference.OpenAi;

namespace Cocoon.Tests.Inference.OpenAi;

/// <summary>Stop texts, reasoning and calls of tools give the same however the text is cut into pieces.</summary>
public sealed class AnswerParsingTests
{
    [Theory]
    [InlineData("abc STOP def", "abc ", true)]
    [InlineData("abc STO", "abc STO", false)]
    [InlineData("abcend\nSTOP", "abc", true)]
    [InlineData("SSTOP", "S", true)]
    [InlineData("", "", false)]
    public void Stop_texts_cut(string text, string shown, bool isMet)
    {
        foreach (string[] pieces in Cuts(text))
        {
            StopStrings stops = new(["STOP", "end\n"]);
            string result = string.Concat(pieces.Select(stops.Add));
            Assert.Equal(isMet, stops.IsMet);
            Assert.Equal(shown, isMet ? result : result + stops.Flush());
        }
    }

    [Fact]
    public void Only_what_may_become_a_stop_text_is_held()
    {
        StopStrings stops = new(["STOP"]);
        Assert.Equal("a ", stops.Add("a ST"));
        Assert.Equal("STx", stops.Add("x"));
    }

    [Theory]
    [InlineData("<think>\nwhy\n\nnot\n</think>\n\nanswer", true, false, "why\n\nnot", "answer")]
    [InlineData("  <think>a</think>b", true, false, "a", "b")]
    [InlineData("no thought", true, false, "", "no thought")]
    [InlineData("<thin", true, false, "", "<thin")]
    [InlineData("<think>a</think>b", false, false, "", "<think>a</think>b")]
    [InlineData("inside</think>\nout </think>", true, true, "inside", "out </think>")]
    [InlineData("never ends\n", true, true, "never ends", "")]
    [InlineData("<think></think>x", true, false, "", "x")]
    public void Reasoning_is_split(string text, bool isPossible, bool startsInside, string thought, string answer)
    {
        foreach (string[] pieces in Cuts(text))
        {
            ReasoningSplitter splitter = new(isPossible, startsInside);
            List<(string Reasoning, string Answer)> parts = [.. pieces.Select(splitter.Add)];
            parts.Add(splitter.Flush());
            Assert.Equal(thought, string.Concat(parts.Select(part => part.Reasoning)));
            Assert.Equal(answer, string.Concat(parts.Select(part => part.Answer)));
        }
    }

    [Theory]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"}</b\\\"\", \"n\": [1, {}]}}\n</tool_call>", "", "f({\"a\": \"}</b\\\"\", \"n\": [1, {}]})")]
    [InlineData("Let me see.\n<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"g\",\"arguments\":{\"x\":1}}</tool_call>", "Let me see.\n", "f({}) g({\"x\":1})")]
    [InlineData("<tool_call>{\"arguments\": {\"x\": 1}, \"name\": \"f\"}</tool_call>", "", "f({\"x\": 1})")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"x\\\": 1}\"}</tool_call>", "", "f({\"x\": 1})")]
    [InlineData("<tool_call>{\"name\": \"f\"}</tool_call>", "", "f({})")]
    [InlineData("<tool_call>not json</tool_call>", "<tool_call>not json</tool_call>", "")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {\"x\": 1", "", "f({\"x\": 1)")]
    [InlineData("a < b and <tool", "a < b and <tool", "")]
    [InlineData("plain", "plain", "")]
    public void Hermes_calls_are_found(string text, string content, string calls) => Check(ToolFormat.Hermes, false, text, content, calls);

    [Theory]
    [InlineData("{\"name\": \"f\", \"arguments\": {\"x\": 1}}", "", "f({\"x\": 1})")]
    [InlineData("{\"name\": \"f\", \"arguments\": {}}\n</tool_call>", "", "f({})")]
    public void Hermes_calls_that_the_prompt_opened(string text, string content, string calls) => Check(ToolFormat.Hermes, true, text, content, calls);

    [Theory]
    [InlineData("{\"name\": \"f\", \"parameters\": {\"x\": 1}}", "", "f({\"x\": 1})")]
    [InlineData(" <|python_tag|>{\"name\": \"f\", \"parameters\": {}}; {\"name\": \"g\", \"parameters\": {\"y\": \";\"}}", "", "f({}) g({\"y\": \";\"})")]
    [InlineData("{\"answer\": 1}", "{\"answer\": 1}", "")]
    [InlineData("Hello {there}", "Hello {there}", "")]
    [InlineData("<|py", "<|py", "")]
    public void Llama_calls_are_found(string text, string content, string calls) => Check(ToolFormat.Llama3, false, text, content, calls);

    [Fact]
    public void Arguments_stream_as_they_come()
    {
        ToolCallParser parser = new(ToolFormat.Hermes, new HashSet<string>(), false);
        List<AnswerEvent> events = [.. parser.Add("<tool_call>{\"name\": \"f\", \"arguments\": {\"city\": \"Pa")];
        AnswerEvent first = Assert.Single(events);
        Assert.Equal(("f", "{\"city\": \"Pa"), (first.Name, first.Arguments));
        AnswerEvent second = Assert.Single(parser.Add("ris\"}"));
        Assert.Equal((null, "ris\"}"), (second.Name, second.Arguments));
    }

    private static void Check(ToolFormat format, bool startsInside, string text, string content, string calls)
    {
        foreach (string[] pieces in Cuts(text))
        {
            ToolCallParser parser = new(format, new HashSet<string> { "f", "g" }, startsInside);
            List<AnswerEvent> events = [.. pieces.SelectMany(piece => parser.Add(piece)), .. parser.Flush()];
            Assert.Equal(content, string.Concat(events.Select(entry => entry.Content)));
            string found = string.Join(' ', events.Where(entry => entry.Call >= 0).GroupBy(entry => entry.Call)
                .Select(call => $"{call.Single(entry => entry.Name is not null).Name}({string.Concat(call.Select(entry => entry.Arguments))})"));
            Assert.Equal(calls, found);
        }
    }

    /// <summary>The text in one piece, char by char, and cut at random.</summary>
    private static IEnumerable<string[]> Cuts(string text)
    {
        yield return [text];
        yield return [.. text.Select(symbol => symbol.ToString())];
        Random random = new(1);
        for (int round = 0; round < 20; round++)
        {
            List<string> pieces = [];
            for (int start = 0; start < text.Length;)
            {
                int length = Math.Min(random.Next(1, 12), text.Length - start);
                pieces.Add(text.Substring(start, length));
                start += length;
            }

            yield return [.. pieces];
        }
    }
}
