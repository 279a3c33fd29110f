namespace Cocoon.Actors.Ports;

/// <summary>Opens bodies that were sealed to this worker. The proxy passes them on as they are and holds no key to them.</summary>
public interface IBodySeals
{
    /// <summary>Opens <paramref name="body"/>; false when <paramref name="seal"/> names no key held here, or the body is not what was sealed.</summary>
    /// <param name="seal">What the job's header says of the key.</param>
    /// <param name="body">The body as it came.</param>
    /// <param name="opened">The request in the clear.</param>
    bool TryOpen(ReadOnlySpan<byte> seal, ReadOnlyMemory<byte> body, out ReadOnlyMemory<byte> opened);
}
