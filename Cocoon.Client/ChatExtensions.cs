using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Cocoon.Client;

/// <summary>A whole answer and what it cost.</summary>
/// <param name="Text">The text of the first choice.</param>
/// <param name="Result">Usage, cost and receipt.</param>
public sealed record ChatAnswer(string Text, JobResult Result);

/// <summary>Texts in, texts out.</summary>
public static class ChatExtensions
{
    /// <summary>
    /// Asks a model and waits for the whole answer: <c>(await client.ChatAsync("Qwen/Qwen3-8B", "Good morning")).Text</c>. Throws
    /// <see cref="JobException"/>.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="model">The model.</param>
    /// <param name="text">What the user says.</param>
    /// <param name="instructions">The system message, if any.</param>
    /// <param name="cancellationToken">Cancels the job; what was received is paid.</param>
    public static async Task<ChatAnswer> ChatAsync(
        this IJobClient client, string model, string text, string? instructions = null, CancellationToken cancellationToken = default)
    {
        await using IJob job = await client.SubmitAsync(JobRequest.Chat(model, text, instructions), cancellationToken);
        StringBuilder answer = new();
        await foreach (JobChunk chunk in job.ReadAsync(cancellationToken))
            answer.Append(TextOf(chunk.Payload, "message"));
        return new ChatAnswer(answer.ToString(), await job.Result);
    }

    /// <summary>
    /// Asks a model and gives its answer piece by piece. Throws <see cref="JobException"/>. Leaving the enumeration cancels the job.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="model">The model.</param>
    /// <param name="text">What the user says.</param>
    /// <param name="instructions">The system message, if any.</param>
    /// <param name="settled">Called with usage and cost when the answer is complete.</param>
    /// <param name="cancellationToken">Cancels the job; what was received is paid.</param>
    public static async IAsyncEnumerable<string> StreamChatAsync(
        this IJobClient client,
        string model,
        string text,
        string? instructions = null,
        Action<JobResult>? settled = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using IJob job = await client.SubmitAsync(JobRequest.Chat(model, text, instructions, stream: true), cancellationToken);
        await foreach (JobChunk chunk in job.ReadAsync(cancellationToken))
        {
            if (TextOf(chunk.Payload, "delta") is { Length: > 0 } piece)
                yield return piece;
        }

        JobResult result = await job.Result;
        settled?.Invoke(result);
    }

    private static string? TextOf(ReadOnlyMemory<byte> payload, string container)
    {
        if (payload.IsEmpty)
            return null;
        using JsonDocument document = JsonDocument.Parse(payload);
        return document.RootElement.TryGetProperty("choices", out JsonElement choices) && choices.ValueKind == JsonValueKind.Array
            && choices.GetArrayLength() > 0
            && choices[0].TryGetProperty(container, out JsonElement message) && message.ValueKind == JsonValueKind.Object
            && message.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String
            ? content.GetString()
            : null;
    }
}
