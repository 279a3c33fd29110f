using System.Security.Cryptography;
using Cocoon.Actors.Ports;

namespace Cocoon.Host.Nodes;

/// <summary>Chance from the operating system.</summary>
internal sealed class SystemEntropy : IEntropy
{
    public static readonly SystemEntropy Instance = new();

    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
