using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Identity;

/// <summary>
/// A client's word: "at most so much in total to this operator, until then". Layout (124 bytes, so that one TON cell holds it and
/// CHKSIGNS can check it): tag, network, operator, account id (32), sequence (8), total in nanoTON (8), expiry (8). Signed by the account.
/// </summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="Account">Who pays.</param>
/// <param name="Sequence">The highest one counts.</param>
/// <param name="Total">Cumulative: settled plus reserved may not pass it.</param>
/// <param name="ExpiresUnixSeconds">No new job is admitted under it after this second.</param>
public sealed record Ceiling(Scope Scope, AccountId Account, long Sequence, NanoTon Total, long ExpiresUnixSeconds)
{
    /// <summary>Bytes of the layout; a TON cell holds 127.</summary>
    public const int Length = 4 + 3 * Bytes32.Length + 3 * 8;

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToStatement()
    {
        byte[] bytes = new byte[Length];
        StatementWriter writer = new StatementWriter(bytes).Head(StatementTag.Ceiling, Scope);
        writer.Key(Account.Value);
        writer.NotNegative(Sequence);
        writer.NotNegative(Total.Value);
        writer.NotNegative(ExpiresUnixSeconds);
        return bytes;
    }

    /// <summary>Reads the layout; false if it is anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> statement, out Ceiling ceiling)
    {
        StatementReader reader = new(statement);
        bool isOne = reader.Head(StatementTag.Ceiling, out Scope scope);
        AccountId account = new(reader.Key());
        ceiling = new Ceiling(scope, account, reader.NotNegative(), new NanoTon(reader.NotNegative()), reader.NotNegative());
        return isOne && reader.Complete;
    }

    /// <summary>Reads and checks a ceiling: layout, scope, that <paramref name="accountKey"/> is the account's and signed it.</summary>
    public static bool TryVerify(SignedStatement? signed, Scope scope, PublicKey accountKey, ISignatureVerifier verifier, out Ceiling ceiling)
    {
        ceiling = null!;
        return signed is not null
            && TryRead(signed.Statement.Span, out ceiling)
            && ceiling.Scope == scope
            && ceiling.Account == AccountId.Of(accountKey)
            && signed.IsSignedBy(accountKey, verifier);
    }
}
