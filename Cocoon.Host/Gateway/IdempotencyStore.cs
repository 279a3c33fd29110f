using System.Security.Cryptography;
using Cocoon.Host.Configuration;

namespace Cocoon.Host.Gateway;

/// <summary>An answer that can be given again.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">Its type.</param>
/// <param name="Headers">The gateway's own headers.</param>
/// <param name="Body">The body as sent.</param>
internal sealed record KeptAnswer(int Status, string ContentType, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body);

/// <summary>
/// Answers by Idempotency-Key, so that a repeated request is answered and not run, or paid, again. Only whole answers are kept: one that
/// failed on our side or whose caller left runs again. Bounded in number, memory and time; the oldest give way.
/// </summary>
internal sealed class IdempotencyStore(GatewayOptions options, TimeProvider time)
{
    /// <summary>Longest key, as OpenAI's clients make them with room to spare: names count in no other bound.</summary>
    public const int KeyCharactersMax = 255;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> byAge = new();
    private long bytes;

    /// <summary>Longest answer worth keeping; 0 when nothing is kept.</summary>
    public int LongestAnswer => options.IdempotencyMaxAnswers == 0 || options.IdempotencyWindow == TimeSpan.Zero
        ? 0
        : (int)Math.Min(options.IdempotencyMaxBytes / 4, int.MaxValue);

    /// <summary>Who asks for what: two callers never share a key, nor do two endpoints.</summary>
    public static string Name(string? purse, string path, string key) => $"{purse}\n{path}\n{key}";

    /// <summary>
    /// Claims a name for a request. Returns the kept answer if there is one; null if the caller must run the request and then
    /// <see cref="Finish"/>. Waits while another caller runs the same request. Throws <see cref="GatewayException"/> for another body.
    /// </summary>
    public async ValueTask<KeptAnswer?> ClaimAsync(string name, byte[] body, CancellationToken cancellationToken)
    {
        byte[] hash = SHA256.HashData(body);
        while (true)
        {
            Task<KeptAnswer?> running;
            lock (gate)
            {
                Expire();
                if (!entries.TryGetValue(name, out Entry? entry))
                {
                    Add(new Entry(name, hash, time.GetTimestamp()));
                    return null;
                }

                if (!entry.BodyHash.AsSpan().SequenceEqual(hash))
                    throw new GatewayException(422, "idempotency_key_reused", "this Idempotency-Key was used for another request: use a new one");
                running = entry.Answer.Task;
            }

            if (await running.WaitAsync(cancellationToken) is { } answer)
                return answer;
        }
    }

    /// <summary>Ends a claim. Null frees the name, so that the request can run again.</summary>
    public void Finish(string name, KeptAnswer? answer)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(name, out Entry? entry))
                return;
            if (answer is null)
            {
                Remove(entry);
            }
            else
            {
                entry.Bytes = answer.Body.Length;
                bytes += entry.Bytes;
                entry.Answer.TrySetResult(answer);
                Expire();
            }
        }
    }

    private void Add(Entry entry)
    {
        entries[entry.Name] = entry;
        entry.Node = byAge.AddLast(entry);
    }

    private void Remove(Entry entry)
    {
        entries.Remove(entry.Name);
        byAge.Remove(entry.Node!);
        bytes -= entry.Bytes;
        entry.Answer.TrySetResult(null);
    }

    private void Expire()
    {
        LinkedListNode<Entry>? node = byAge.First;
        while (node is not null)
        {
            LinkedListNode<Entry>? next = node.Next;
            bool over = entries.Count > options.IdempotencyMaxAnswers || bytes > options.IdempotencyMaxBytes;
            bool old = time.GetElapsedTime(node.Value.Begun) > options.IdempotencyWindow;
            if (!over && !old)
                return;
            // A running one must stay: its caller will finish it.
            if (node.Value.Answer.Task.IsCompleted)
                Remove(node.Value);
            node = next;
        }
    }

    private sealed class Entry(string name, byte[] bodyHash, long begun)
    {
        public string Name { get; } = name;

        public byte[] BodyHash { get; } = bodyHash;

        public long Begun { get; } = begun;

        public long Bytes { get; set; }

        public LinkedListNode<Entry>? Node { get; set; }

        public TaskCompletionSource<KeptAnswer?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
