namespace Cocoon.Ton;

/// <summary>An address outside the chain (TL-B <c>addr_extern</c>): 0 to 511 bits that mean something to somebody else.</summary>
/// <param name="Bits">The bits, left-aligned; unused ones of the last byte are zero.</param>
/// <param name="BitLength">Number of bits.</param>
public sealed record ExternalAddress(ReadOnlyMemory<byte> Bits, int BitLength)
{
    /// <summary>The most bits such an address has.</summary>
    public const int MaxBits = 511;

    /// <summary>The bits in hexadecimal and their number.</summary>
    public override string ToString() => $"external {Convert.ToHexStringLower(Bits.Span)}/{BitLength}";
}
