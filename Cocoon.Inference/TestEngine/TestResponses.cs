using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cocoon.Actors.Ports;

namespace Cocoon.Inference.TestEngine;

/// <summary>OpenAI's response objects around made-up answers.</summary>
internal sealed class TestResponses(EngineJob job, PromptDigest prompt)
{
    private const int EmbeddingLength = 16;
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly bool chat = job.Endpoint == EngineEndpoint.ChatCompletions;
    private readonly string id = string.Create(CultureInfo.InvariantCulture, $"test-{prompt.Hash:x16}");

    /// <summary>One piece of a stream; the first of a choice carries the role or the tool call's name.</summary>
    public byte[] Chunk(int choice, string piece, bool first) => Write(chat ? "chat.completion.chunk" : "text_completion", json =>
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", choice);
        if (chat)
            WriteDelta(json, piece, first);
        else
            json.WriteString("text", piece);
        json.WriteNull("finish_reason");
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary>The piece that ends a choice.</summary>
    public byte[] Last(int choice, string finish) => Write(chat ? "chat.completion.chunk" : "text_completion", json =>
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", choice);
        if (chat)
            json.WriteStartObject("delta");
        else
            json.WriteString("text", "");
        if (chat)
            json.WriteEndObject();
        json.WriteString("finish_reason", finish);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary>The stream's usage object.</summary>
    public byte[] Usage(long completion) => Write(chat ? "chat.completion.chunk" : "text_completion", json =>
    {
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, completion);
    });

    /// <summary>The whole response of a job that does not stream.</summary>
    public byte[] Whole(IReadOnlyList<TestAnswer> answers, long completion) => Write(chat ? "chat.completion" : "text_completion", json =>
    {
        json.WriteStartArray("choices");
        for (int i = 0; i < answers.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("index", i);
            string text = string.Concat(answers[i].Pieces);
            if (chat)
                WriteMessage(json, text);
            else
                json.WriteString("text", text);
            json.WriteString("finish_reason", answers[i].Finish);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteUsage(json, completion);
    });

    /// <summary>Unit-free vectors, one for each input.</summary>
    public byte[] Embeddings() => Write("list", json =>
    {
        json.WriteStartArray("data");
        for (int i = 0; i < prompt.Inputs; i++)
        {
            ulong state = prompt.Hash + (ulong)i;
            json.WriteStartObject();
            json.WriteString("object", "embedding");
            json.WriteNumber("index", i);
            json.WriteStartArray("embedding");
            for (int j = 0; j < EmbeddingLength; j++)
                json.WriteNumberValue((long)(TestAnswer.Next(ref state) >> 44) / 1048576m);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", prompt.Tokens);
        json.WriteNumber("total_tokens", prompt.Tokens);
        json.WriteEndObject();
    });

    private byte[] Write(string kind, Action<Utf8JsonWriter> content)
    {
        ArrayBufferWriter<byte> bytes = new(256);
        using Utf8JsonWriter json = new(bytes, Relaxed);
        json.WriteStartObject();
        if (kind != "list")
        {
            json.WriteString("id", id);
            json.WriteNumber("created", 0);
        }

        json.WriteString("object", kind);
        json.WriteString("model", job.Model);
        content(json);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    private void WriteDelta(Utf8JsonWriter json, string piece, bool first)
    {
        json.WriteStartObject("delta");
        if (first)
            json.WriteString("role", "assistant");
        if (prompt.Tool is null)
            json.WriteString("content", piece);
        else
            WriteToolCall(json, piece, first, streamed: true);
        json.WriteEndObject();
    }

    private void WriteMessage(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        if (prompt.Tool is null)
        {
            json.WriteString("content", text);
        }
        else
        {
            json.WriteNull("content");
            WriteToolCall(json, text, first: true, streamed: false);
        }

        json.WriteEndObject();
    }

    private void WriteToolCall(Utf8JsonWriter json, string arguments, bool first, bool streamed)
    {
        json.WriteStartArray("tool_calls");
        json.WriteStartObject();
        if (streamed)
            json.WriteNumber("index", 0);
        if (first)
        {
            json.WriteString("id", "call_" + id);
            json.WriteString("type", "function");
        }

        json.WriteStartObject("function");
        if (first)
            json.WriteString("name", prompt.Tool);
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void WriteUsage(Utf8JsonWriter json, long completion)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", prompt.Tokens);
        json.WriteNumber("completion_tokens", completion);
        json.WriteNumber("total_tokens", prompt.Tokens + completion);
        json.WriteEndObject();
    }
}
