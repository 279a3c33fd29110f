using Cocoon.Protocol.Frames;
using Cocoon.Simulation.Chance;

namespace Cocoon.Simulation.Network;

/// <summary>What a lying peer does to what it sends. TLS keeps third parties from it; the peer itself is not kept from anything.</summary>
internal static class Mischief
{
    /// <summary>Bytes of whole frames, altered in one of several ways.</summary>
    public static byte[] Alter(byte[] bytes, SeededRandom chance)
    {
        int first = FirstFrame(bytes);
        switch (chance.Below(5))
        {
            case 0:
                return [.. bytes.AsSpan(0, first), .. bytes];
            case 1:
                return bytes[first..];
            case 2:
                byte[] changed = (byte[])bytes.Clone();
                changed[chance.Below(bytes.Length)] ^= (byte)(1 << chance.Below(8));
                return changed;
            case 3:
                byte[] noise = new byte[1 + chance.Below(64)];
                chance.Fill(noise);
                return [.. noise, .. bytes];
            default:
                return [.. bytes.AsSpan(first), .. bytes.AsSpan(0, first)];
        }
    }

    private static int FirstFrame(byte[] bytes)
        => bytes.Length < FrameHeader.Size ? bytes.Length : Math.Min(bytes.Length, FrameHeader.Size + FrameHeader.Read(bytes).Length);
}
