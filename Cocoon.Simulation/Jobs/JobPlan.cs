using System.Globalization;
using System.Text;

namespace Cocoon.Simulation.Jobs;

/// <summary>What a job is to be: written into its body by the client, which only the engine reads.</summary>
/// <param name="Name">The job's id.</param>
/// <param name="PromptTokens">Tokens of its prompt.</param>
/// <param name="Chunks">Chunks of its answer.</param>
/// <param name="TokensPerChunk">Tokens of each.</param>
/// <param name="FirstMs">Milliseconds to the first.</param>
/// <param name="ChunkMs">Milliseconds between two.</param>
internal sealed record JobPlan(string Name, int PromptTokens, int Chunks, int TokensPerChunk, int FirstMs, int ChunkMs)
{
    /// <summary>Most tokens it asks for.</summary>
    public int OutputMax => Chunks * TokensPerChunk;

    /// <summary>Its body, of at least <paramref name="bytesMin"/> bytes.</summary>
    public byte[] ToBody(int bytesMin)
    {
        byte[] head = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{Name}|{PromptTokens}|{Chunks}|{TokensPerChunk}|{FirstMs}|{ChunkMs}|"));
        byte[] body = new byte[Math.Max(bytesMin, head.Length)];
        body.AsSpan().Fill((byte)'.');
        head.CopyTo(body, 0);
        return body;
    }

    public static JobPlan Read(ReadOnlySpan<byte> body)
    {
        string[] parts = Encoding.ASCII.GetString(body[..(body.LastIndexOf((byte)'|') + 1)]).Split('|');
        int Number(int index) => int.Parse(parts[index], CultureInfo.InvariantCulture);
        return new JobPlan(parts[0], Number(1), Number(2), Number(3), Number(4), Number(5));
    }
}
