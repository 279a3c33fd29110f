using Cocoon.Protocol.Money;

namespace Cocoon.Protocol.Identity;

/// <summary>
/// The wallet from which an account deposits and to which it withdraws. Layout (144 bytes): tag, network, operator, account (32), sequence
/// (8), address (36, TEP-2). Signed by the account's key.
/// </summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="Account">Whose wallet.</param>
/// <param name="Sequence">The highest one counts.</param>
/// <param name="Wallet">The wallet, with the flags that withdrawals honour.</param>
public sealed record WalletRegistration(Scope Scope, AccountId Account, long Sequence, WalletAddress Wallet)
{
    /// <summary>Bytes of the layout.</summary>
    public const int Length = 4 + 3 * Bytes32.Length + 8 + WalletAddress.Length;

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToStatement()
    {
        byte[] bytes = new byte[Length];
        StatementWriter writer = new StatementWriter(bytes).Head(StatementTag.WalletRegistration, Scope);
        writer.Key(Account.Value);
        writer.NotNegative(Sequence);
        writer.Bytes(Wallet.ToBytes());
        return bytes;
    }

    /// <summary>Reads the layout; false if it is anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> statement, out WalletRegistration registration)
    {
        StatementReader reader = new(statement);
        bool isOne = reader.Head(StatementTag.WalletRegistration, out Scope scope);
        AccountId account = new(reader.Key());
        long sequence = reader.NotNegative();
        bool isAddress = WalletAddress.TryRead(reader.Take(WalletAddress.Length), out WalletAddress wallet);
        registration = new WalletRegistration(scope, account, sequence, wallet);
        return isOne && isAddress && reader.Complete;
    }
}
