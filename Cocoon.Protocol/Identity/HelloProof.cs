using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Identity;

/// <summary>The side of a connection.</summary>
public enum LinkSide : byte
{
    /// <summary>Opened the connection; its streams have odd numbers.</summary>
    Dialer = 1,

    /// <summary>Took the connection; its streams have even numbers.</summary>
    Listener = 2,
}

/// <summary>
/// Binds an identity to one connection. Layout (230 bytes): tag, network, operator, signer's side (1), signer's role (1), dialer's nonce,
/// listener's nonce, dialer's TLS key, listener's TLS key, channel binding (32 each). Signed by the identity key. Fresh nonces stop
/// replays; the listener's TLS key stops relaying through a third party, who cannot hold its private key.
/// </summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="Side">The signer's side.</param>
/// <param name="Role">The signer's role.</param>
/// <param name="DialerNonce">From the dialer's Hello.</param>
/// <param name="ListenerNonce">From the listener's Hello.</param>
/// <param name="Channel">The transport's keys.</param>
public readonly record struct HelloProof(
    Scope Scope, LinkSide Side, Role Role, Bytes32 DialerNonce, Bytes32 ListenerNonce, ChannelKeys Channel)
{
    /// <summary>Bytes of the layout.</summary>
    public const int Length = 4 + 7 * Bytes32.Length + 2;

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToStatement()
    {
        byte[] bytes = new byte[Length];
        StatementWriter writer = new StatementWriter(bytes).Head(StatementTag.HelloProof, Scope);
        writer.Byte((byte)Side);
        writer.Byte((byte)Role);
        writer.Key(DialerNonce);
        writer.Key(ListenerNonce);
        writer.Key(Channel.DialerTlsKey);
        writer.Key(Channel.ListenerTlsKey);
        writer.Key(Channel.Binding);
        return bytes;
    }
}

/// <summary>What the two ends of one transport connection know of it, each by itself.</summary>
/// <param name="DialerTlsKey">SHA-256 of the dialer's SubjectPublicKeyInfo; zero for a client, which shows no certificate.</param>
/// <param name="ListenerTlsKey">SHA-256 of the listener's SubjectPublicKeyInfo.</param>
/// <param name="Binding">The channel binding: SHA-256 of the listener's certificate (tls-server-end-point, RFC 5929).</param>
public readonly record struct ChannelKeys(Bytes32 DialerTlsKey, Bytes32 ListenerTlsKey, Bytes32 Binding);
