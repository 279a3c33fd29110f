using Cocoon.Client.Keys;
using Cocoon.Client.Receipts;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Client.Network;

/// <summary>How an account reaches one operator.</summary>
public sealed record NetworkClientOptions
{
    /// <summary>Network and operator.</summary>
    public required Scope Scope { get; init; }

    /// <summary>The account's key: an <see cref="Ed25519Signer"/>, or something that asks a key store. Not disposed.</summary>
    public required ISigner Account { get; init; }

    /// <summary>Checks the operator's signatures. Default: <see cref="Ed25519Verifier"/>.</summary>
    public ISignatureVerifier Verifier { get; init; } = new Ed25519Verifier();

    /// <summary>Nodes of the operator, as host and port: any one will do, the others are for when it is gone.</summary>
    public required IReadOnlyList<(string Host, int Port)> Nodes { get; init; }

    /// <summary>
    /// Room to sign for beyond what was spent: the most that a lost or dishonest operator can cost. The ceiling is renewed when half of it
    /// is used up. Default 1 TON.
    /// </summary>
    public NanoTon CeilingHeadroom { get; init; } = new(NanoTon.PerTon);

    /// <summary>How long a ceiling holds. Default 30 days.</summary>
    public TimeSpan CeilingLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How long new jobs are numbered in one session before the next is opened; running jobs are not touched. Operators take new jobs of a
    /// session for 7 days and keep up to 1,024 sessions of an account. Default 3 days.
    /// </summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromDays(3);

    /// <summary>How long a job that names no time limit is asked for again after a lost connection. Default 10 minutes.</summary>
    public TimeSpan DefaultTimeLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Where receipts are kept, and over restarts the ledger heads with them. Default null: nowhere.</summary>
    public ReceiptFolder? Receipts { get; init; }

    /// <summary>How long to wait for a connection before a job fails as unreachable. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The same where every node has refused the connection, or its name is unknown: a proxy that restarts is back after some seconds, one
    /// that does not run is not. Default 10 s.
    /// </summary>
    public TimeSpan RefusedTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
