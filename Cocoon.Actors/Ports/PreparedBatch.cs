using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Ports;

/// <summary>A signed batch.</summary>
/// <param name="BodyHash">Hash of the signed body, as the wallet's transaction will show it.</param>
/// <param name="Message">The whole external message; what is sent, and sent again.</param>
public sealed record PreparedBatch(Bytes32 BodyHash, ReadOnlyMemory<byte> Message);
