using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Client;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.Chat;

/// <summary>What an answer cost, and by whom.</summary>
/// <param name="Job">The job.</param>
/// <param name="Worker">The worker that ran it.</param>
/// <param name="Cost">What it cost.</param>
/// <param name="PromptTokens">Prompt tokens.</param>
/// <param name="AnswerTokens">Answer tokens.</param>
/// <param name="Receipt">The receipt in base64, or null.</param>
internal sealed record ChatBill(string Job, string Worker, NanoTon Cost, long PromptTokens, long AnswerTokens, string? Receipt);

/// <summary>Where a conversation's answers come from.</summary>
internal interface IChatSource : IAsyncDisposable
{
    /// <summary>For people: whom the answers come from.</summary>
    string Description { get; }

    /// <summary>The models that can be asked for. Throws <see cref="JobException"/> or <see cref="IOException"/>.</summary>
    Task<IReadOnlyList<string>> GetModelsAsync(CancellationToken cancellationToken);

    /// <summary>Streams an answer piece by piece; the bill comes last. Throws as <see cref="GetModelsAsync"/>.</summary>
    IAsyncEnumerable<(string Piece, ChatBill? Bill)> AskAsync(JsonObject request, CancellationToken cancellationToken);
}

/// <summary>Answers bought directly, with the account of a client's configuration.</summary>
internal sealed class AccountChat(Cocoon.Host.Nodes.AccountClient account) : IChatSource
{
    public string Description => $"account {account.Client.Account.ToString()[..12]} at operator {account.OperatorName}";

    public async Task<IReadOnlyList<string>> GetModelsAsync(CancellationToken cancellationToken) =>
        [.. (await account.Client.GetModelsAsync(cancellationToken)).Select(model => model.Name)];

    public async IAsyncEnumerable<(string Piece, ChatBill? Bill)> AskAsync(JsonObject request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        JobRequest job = new()
        {
            Model = (string)request["model"]!,
            Body = JsonSerializer.SerializeToUtf8Bytes(request),
            Stream = true,
            MaxOutputTokens = (int?)request["max_tokens"],
        };
        await using IJob running = await account.Client.SubmitAsync(job, cancellationToken);
        await foreach (JobChunk chunk in running.ReadAsync(cancellationToken))
        {
            if (ChatText.DeltaOf(chunk.Payload) is { Length: > 0 } piece)
                yield return (piece, null);
        }

        JobResult result = await running.Result;
        long prompt = result.Usage.Where(used => used.Class is UsageClass.Prompt or UsageClass.Cached).Sum(used => used.Amount);
        long answer = result.Usage.Where(used => used.Class is UsageClass.Completion or UsageClass.Reasoning).Sum(used => used.Amount);
        yield return ("", new ChatBill(result.JobId, result.Worker, result.Cost, prompt, answer, result.Receipt?.ToString()));
    }

    public ValueTask DisposeAsync() => account.DisposeAsync();
}

/// <summary>Answers of a gateway, over HTTP.</summary>
internal sealed class GatewayChat : IChatSource
{
    private readonly HttpClient http;

    public GatewayChat(Uri gateway, string? key)
    {
        string text = gateway.ToString().TrimEnd('/');
        http = new HttpClient { BaseAddress = new Uri(text.EndsWith("/v1", StringComparison.Ordinal) ? text + "/" : text + "/v1/"), Timeout = Timeout.InfiniteTimeSpan };
        if (key is not null)
            http.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", key);
    }

    public string Description => $"gateway {http.BaseAddress}";

    public async Task<IReadOnlyList<string>> GetModelsAsync(CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, "models"), cancellationToken);
        JsonNode? list = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        return [.. (list?["data"] as JsonArray ?? []).Select(model => (string?)model?["id"]).OfType<string>()];
    }

    public async IAsyncEnumerable<(string Piece, ChatBill? Bill)> AskAsync(JsonObject request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        request["stream_options"] = new JsonObject { ["include_usage"] = true };
        HttpRequestMessage message = new(HttpMethod.Post, "chat/completions")
        {
            Content = new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage response = await SendAsync(message, cancellationToken);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal) || line == "data: [DONE]")
                continue;
            JsonNode? chunk = JsonNode.Parse(line[6..]);
            if (chunk?["error"] is { } error)
                throw new IOException((string?)error["message"] ?? "the answer broke off");
            if (ChatText.DeltaOf(Encoding.UTF8.GetBytes(line[6..])) is { Length: > 0 } piece)
                yield return (piece, null);
            if (chunk?["cocoon"] is JsonObject bill)
                yield return ("", BillOf(bill));
        }
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static ChatBill BillOf(JsonObject bill)
    {
        JsonNode? usage = bill["usage"];
        long Of(string name) => (long?)usage?[name] ?? 0;
        return new ChatBill(
            (string?)bill["job"] ?? "",
            (string?)bill["worker"] ?? "",
            new NanoTon((long?)bill["cost_nano_ton"] ?? 0),
            Of("prompt") + Of("cached"),
            Of("completion") + Of("reasoning"),
            (string?)bill["receipt"]);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        try
        {
            using (message)
            {
                HttpResponseMessage response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (response.IsSuccessStatusCode)
                    return response;
                string body = await response.Content.ReadAsStringAsync(cancellationToken);
                response.Dispose();
                throw new IOException(ChatText.ErrorOf(body) ?? $"the gateway answered {(int)response.StatusCode}");
            }
        }
        catch (HttpRequestException unreachable)
        {
            throw new IOException($"{http.BaseAddress} does not answer: {unreachable.GetBaseException().Message.TrimEnd('.')}; is that a gateway?", unreachable);
        }
    }
}

/// <summary>Text out of OpenAI's objects.</summary>
internal static class ChatText
{
    /// <summary>The piece of text in a stream object, or null.</summary>
    public static string? DeltaOf(ReadOnlyMemory<byte> payload)
    {
        if (payload.IsEmpty)
            return null;
        using JsonDocument chunk = JsonDocument.Parse(payload);
        return chunk.RootElement.TryGetProperty("choices", out JsonElement choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0
            && choices[0].TryGetProperty("delta", out JsonElement delta) && delta.ValueKind == JsonValueKind.Object
            && delta.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String
            ? content.GetString()
            : null;
    }

    /// <summary>The message of an error object, or null.</summary>
    public static string? ErrorOf(string body)
    {
        try
        {
            return (string?)JsonNode.Parse(body)?["error"]?["message"];
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
