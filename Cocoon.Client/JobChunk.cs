using Cocoon.Protocol.Money;

namespace Cocoon.Client;

/// <summary>A piece of an answer.</summary>
/// <param name="Payload">One JSON object as OpenAI sends it, without the <c>data:</c> framing; empty where the chunk only counts usage.</param>
/// <param name="Usage">What it adds to the job's usage.</param>
public readonly record struct JobChunk(ReadOnlyMemory<byte> Payload, IReadOnlyList<UsageAmount> Usage);
