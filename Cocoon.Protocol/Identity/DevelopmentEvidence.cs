using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Identity;

/// <summary>
/// What the development platform shows in place of a hardware quote: it proves the key and nothing about the software. Layout (133 bytes):
/// tag, network, operator, role (1), key (32), nonce (32). Signed by that key.
/// </summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="Role">The prover's role.</param>
/// <param name="Key">The prover's key.</param>
/// <param name="Nonce">From the side that asks.</param>
public readonly record struct DevelopmentEvidence(Scope Scope, Role Role, PublicKey Key, Bytes32 Nonce)
{
    /// <summary>Bytes of the layout.</summary>
    public const int Length = 4 + 4 * Bytes32.Length + 1;

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToStatement()
    {
        byte[] bytes = new byte[Length];
        StatementWriter writer = new StatementWriter(bytes).Head(StatementTag.DevelopmentEvidence, Scope);
        writer.Byte((byte)Role);
        writer.Key(Key.Value);
        writer.Key(Nonce);
        return bytes;
    }
}
