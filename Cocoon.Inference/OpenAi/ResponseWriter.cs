using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cocoon.Inference.Sampling;
using Cocoon.Inference.Tokenizers;

namespace Cocoon.Inference.OpenAi;

/// <summary>Counts for the <c>usage</c> object.</summary>
internal readonly record struct ResponseUsage(int Prompt, int Cached, int Completion, int Reasoning);

/// <summary>One finished choice of a response that is not streamed.</summary>
internal sealed record ResponseChoice(int Index, string Content, string Reasoning, IReadOnlyList<ResponseCall> Calls, IReadOnlyList<TokenLogprobs>? Logprobs, string Finish);

/// <summary>One call of a tool.</summary>
internal sealed record ResponseCall(string Id, string Name, string Arguments);

/// <summary>Writes OpenAI's response and stream objects.</summary>
internal sealed class ResponseWriter(string id, string model, long createdUnixSeconds, bool isChat, Tokenizer tokenizer)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The first object of a streamed chat choice.</summary>
    public byte[] RoleChunk(int choice) => Chunk(json =>
    {
        StartDelta(json, choice);
        json.WriteString("role", "assistant");
        json.WriteString("content", string.Empty);
        EndDelta(json, null, null);
    });

    /// <summary>One object of a stream.</summary>
    public byte[] StepChunk(int choice, AnswerStep step, IReadOnlyList<string> callIds, bool wantsLogprobs) => Chunk(json =>
    {
        string content = string.Concat(step.Events.Select(entry => entry.Content));
        IReadOnlyList<TokenLogprobs>? logprobs = wantsLogprobs ? step.Logprobs : null;
        if (!isChat)
        {
            StartText(json, choice, content);
            EndText(json, logprobs, null);
            return;
        }

        StartDelta(json, choice);
        if (step.Reasoning.Length > 0)
            json.WriteString("reasoning_content", step.Reasoning);
        if (content.Length > 0)
            json.WriteString("content", content);
        if (step.Events.Any(entry => entry.Call >= 0))
            WriteCallDeltas(json, step.Events, callIds);
        EndDelta(json, logprobs, null);
    });

    /// <summary>The object that ends a streamed choice.</summary>
    public byte[] FinishChunk(int choice, string finish) => Chunk(json =>
    {
        if (isChat)
        {
            StartDelta(json, choice);
            EndDelta(json, null, finish);
        }
        else
        {
            StartText(json, choice, string.Empty);
            EndText(json, null, finish);
        }
    });

    /// <summary>The object that ends a stream with usage.</summary>
    public byte[] UsageChunk(ResponseUsage usage) => Object(json =>
    {
        Head(json, isChat ? "chat.completion.chunk" : "text_completion");
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, usage);
    });

    /// <summary>The whole response.</summary>
    public byte[] Response(IReadOnlyList<ResponseChoice> choices, ResponseUsage usage, bool wantsLogprobs) => Object(json =>
    {
        Head(json, isChat ? "chat.completion" : "text_completion");
        json.WriteStartArray("choices");
        foreach (ResponseChoice choice in choices)
        {
            if (isChat)
                WriteMessage(json, choice, wantsLogprobs);
            else
            {
                StartText(json, choice.Index, choice.Content);
                EndText(json, wantsLogprobs ? choice.Logprobs : null, choice.Finish);
            }
        }

        json.WriteEndArray();
        WriteUsage(json, usage);
    });

    private byte[] Chunk(Action<Utf8JsonWriter> writeChoice) => Object(json =>
    {
        Head(json, isChat ? "chat.completion.chunk" : "text_completion");
        json.WriteStartArray("choices");
        writeChoice(json);
        json.WriteEndArray();
    });

    private static byte[] Object(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new(256);
        using (Utf8JsonWriter json = new(buffer, Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void Head(Utf8JsonWriter json, string kind)
    {
        json.WriteString("id", id);
        json.WriteString("object", kind);
        json.WriteNumber("created", createdUnixSeconds);
        json.WriteString("model", model);
    }

    private static void StartDelta(Utf8JsonWriter json, int choice)
    {
        json.WriteStartObject();
        json.WriteNumber("index", choice);
        json.WriteStartObject("delta");
    }

    private void EndDelta(Utf8JsonWriter json, IReadOnlyList<TokenLogprobs>? logprobs, string? finish)
    {
        json.WriteEndObject();
        WriteChatLogprobs(json, logprobs);
        WriteFinish(json, finish);
        json.WriteEndObject();
    }

    private static void StartText(Utf8JsonWriter json, int choice, string text)
    {
        json.WriteStartObject();
        json.WriteNumber("index", choice);
        json.WriteString("text", text);
    }

    private void EndText(Utf8JsonWriter json, IReadOnlyList<TokenLogprobs>? logprobs, string? finish)
    {
        WriteTextLogprobs(json, logprobs);
        WriteFinish(json, finish);
        json.WriteEndObject();
    }

    private static void WriteFinish(Utf8JsonWriter json, string? finish)
    {
        if (finish is null)
            json.WriteNull("finish_reason");
        else
            json.WriteString("finish_reason", finish);
    }

    private static void WriteCallDeltas(Utf8JsonWriter json, IReadOnlyList<AnswerEvent> events, IReadOnlyList<string> callIds)
    {
        json.WriteStartArray("tool_calls");
        foreach (IGrouping<int, AnswerEvent> call in events.Where(entry => entry.Call >= 0).GroupBy(entry => entry.Call))
        {
            string? name = call.Select(entry => entry.Name).FirstOrDefault(entry => entry is not null);
            json.WriteStartObject();
            json.WriteNumber("index", call.Key);
            if (name is not null)
            {
                json.WriteString("id", callIds[call.Key]);
                json.WriteString("type", "function");
            }

            json.WriteStartObject("function");
            if (name is not null)
                json.WriteString("name", name);
            json.WriteString("arguments", string.Concat(call.Select(entry => entry.Arguments)));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteMessage(Utf8JsonWriter json, ResponseChoice choice, bool wantsLogprobs)
    {
        json.WriteStartObject();
        json.WriteNumber("index", choice.Index);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        if (choice.Content.Length == 0 && choice.Calls.Count > 0)
            json.WriteNull("content");
        else
            json.WriteString("content", choice.Content);
        if (choice.Reasoning.Length > 0)
            json.WriteString("reasoning_content", choice.Reasoning);
        if (choice.Calls.Count > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (ResponseCall call in choice.Calls)
            {
                json.WriteStartObject();
                json.WriteString("id", call.Id);
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", call.Name);
                json.WriteString("arguments", call.Arguments);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        WriteChatLogprobs(json, wantsLogprobs ? choice.Logprobs : null);
        WriteFinish(json, choice.Finish);
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, ResponseUsage usage)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", usage.Prompt);
        json.WriteNumber("completion_tokens", usage.Completion + usage.Reasoning);
        json.WriteNumber("total_tokens", usage.Prompt + usage.Completion + usage.Reasoning);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", usage.Cached);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details");
        json.WriteNumber("reasoning_tokens", usage.Reasoning);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteChatLogprobs(Utf8JsonWriter json, IReadOnlyList<TokenLogprobs>? logprobs)
    {
        if (logprobs is null)
        {
            json.WriteNull("logprobs");
            return;
        }

        json.WriteStartObject("logprobs");
        json.WriteStartArray("content");
        foreach (TokenLogprobs entry in logprobs)
        {
            json.WriteStartObject();
            WriteToken(json, entry.Chosen);
            json.WriteStartArray("top_logprobs");
            foreach (TokenLogprob alternative in entry.Top)
            {
                json.WriteStartObject();
                WriteToken(json, alternative);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteToken(Utf8JsonWriter json, TokenLogprob entry)
    {
        json.WriteString("token", Encoding.UTF8.GetString(tokenizer.Vocabulary.Bytes(entry.Token)));
        json.WriteNumber("logprob", Finite(entry.Logprob));
        json.WriteStartArray("bytes");
        foreach (byte value in tokenizer.Vocabulary.Bytes(entry.Token))
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private void WriteTextLogprobs(Utf8JsonWriter json, IReadOnlyList<TokenLogprobs>? logprobs)
    {
        if (logprobs is null)
        {
            json.WriteNull("logprobs");
            return;
        }

        json.WriteStartObject("logprobs");
        json.WriteStartArray("tokens");
        foreach (TokenLogprobs entry in logprobs)
            json.WriteStringValue(tokenizer.Vocabulary.Text(entry.Chosen.Token));
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (TokenLogprobs entry in logprobs)
            json.WriteNumberValue(Finite(entry.Chosen.Logprob));
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach (TokenLogprobs entry in logprobs)
        {
            json.WriteStartObject();
            foreach (IGrouping<string, TokenLogprob> alternative in entry.Top.GroupBy(top => tokenizer.Vocabulary.Text(top.Token), StringComparer.Ordinal))
                json.WriteNumber(alternative.Key, Finite(alternative.First().Logprob));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>JSON has no infinities: OpenAI's own floor for a token that cannot come.</summary>
    private static float Finite(float logprob) => float.IsFinite(logprob) ? logprob : -9999;
}
