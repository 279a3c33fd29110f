using System.Text.Json;
using Cocoon.Inference.Embedded;
using Cocoon.Inference.Serving;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Inference.Embedded;

/// <summary>Tools and reasoning through the whole engine: the demo model with a template of its own for each family.</summary>
public sealed class EmbeddedToolTests
{
    private const string Hermes = """
        {%- if tools %}{{- '<|im_start|>system\n' }}{%- for tool in tools %}{{- tool.function.name + '\n' }}{%- endfor %}{{- '<|im_end|>\n' }}{%- endif %}
        {%- for m in messages %}{{- '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{%- endfor %}{#- <tool_call> #}{{- '<|im_start|>assistant\n' }}
        """;

    private const string Llama = """
        {%- if tools %}{%- for tool in tools %}{{- tool.function.name + ' "parameters"\n' }}{%- endfor %}{%- endif %}
        {%- for m in messages %}{{- '<|im_start|>' + ('ipython' if m.role == 'tool' else m.role) + '\n' + m.content + '<|im_end|>\n' }}{%- endfor %}{{- '<|im_start|>assistant\n' }}
        """;

    private const string Tools = """
        "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"enum": ["Paris", "Nice"]}, "days": {"type": "integer"}}, "required": ["city"], "additionalProperties": false}}},
                  {"type": "function", "function": {"name": "now"}}]
        """;

    [Theory]
    [InlineData(Hermes, true)]
    [InlineData(Hermes, false)]
    [InlineData(Llama, true)]
    [InlineData(Llama, false)]
    public async Task A_required_tool_is_called_with_valid_arguments(string template, bool streams)
    {
        using EmbeddedEngine engine = Open(template);
        string body = $$"""{"messages": [{"role": "user", "content": "Weather"}], {{Tools}}, "tool_choice": {"type": "function", "function": {"name": "weather"} }, "seed": 5 }""";
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("demo", body, streams), TestContext.Current.CancellationToken);
        Assert.Null(run.Error);
        Assert.Equal("tool_calls", run.Finish);
        (string name, string arguments, string id) = Call(run, streams);
        Assert.Equal("weather", name);
        Assert.StartsWith("call_", id, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(arguments);
        Assert.Contains(json.RootElement.GetProperty("city").GetString(), (string[])["Paris", "Nice"]);
        Assert.Equal(string.Empty, run.Text);
    }

    [Fact]
    public async Task Any_of_several_tools_may_be_required()
    {
        using EmbeddedEngine engine = Open(Hermes);
        string body = $$"""{"messages": [{"role": "user", "content": "x"}], {{Tools}}, "tool_choice": "required", "seed": 11 }""";
        EngineRun run = await EngineRun.RunAsync(engine, EngineRun.Job("demo", body, false), TestContext.Current.CancellationToken);
        Assert.Contains(Call(run, false).Name, (string[])["weather", "now"]);
    }

    [Fact]
    public async Task Reasoning_that_the_prompt_opens_is_told_apart_and_counted()
    {
        using EmbeddedEngine engine = Open("{%- for m in messages %}{{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{%- endfor %}{{- '<|im_start|>assistant\\n<think>\\n' }}");
        EngineRun run = await EngineRun.RunAsync(
            engine, EngineRun.Job("demo", """{"messages": [{"role": "user", "content": "Hello"}], "temperature": 0}""", maxOutput: 5), TestContext.Current.CancellationToken);
        Assert.Equal(0, run.Of(UsageClass.Completion));
        Assert.True(run.Of(UsageClass.Reasoning) > 0);
        Assert.All(run.Payloads, payload => Assert.DoesNotContain("\"content\":\"L", payload, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_template_that_refuses_is_a_bad_request()
    {
        using EmbeddedEngine engine = Open("{{ raise_exception('roles must alternate') if messages|length > 1 else messages[0].content }}");
        EngineRun run = await EngineRun.RunAsync(
            engine, EngineRun.Job("demo", """{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]}"""), TestContext.Current.CancellationToken);
        Assert.Equal("the chat template refuses 'messages': roles must alternate", run.Error?.Message);
    }

    private static EmbeddedEngine Open(string template) =>
        EmbeddedEngine.Open(DemoEngine.ModelPath, new EngineOptions { Threads = 1, MaxConcurrent = 1 }, "demo", chatTemplate: template);

    private static (string Name, string Arguments, string Id) Call(EngineRun run, bool streams)
    {
        List<JsonElement> functions = [];
        string id = string.Empty;
        foreach (string payload in run.Payloads)
        {
            foreach (JsonElement choice in JsonDocument.Parse(payload).RootElement.GetProperty("choices").EnumerateArray())
            {
                if (!choice.GetProperty(streams ? "delta" : "message").TryGetProperty("tool_calls", out JsonElement calls))
                    continue;
                functions.Add(calls[0].GetProperty("function"));
                id += calls[0].TryGetProperty("id", out JsonElement given) ? given.GetString() : string.Empty;
            }
        }

        string name = string.Concat(functions.Select(function => function.TryGetProperty("name", out JsonElement part) ? part.GetString() : string.Empty));
        return (name, string.Concat(functions.Select(function => function.GetProperty("arguments").GetString())), id);
    }
}
