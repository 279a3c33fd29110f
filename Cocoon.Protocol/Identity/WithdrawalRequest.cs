using Cocoon.Protocol.Money;

namespace Cocoon.Protocol.Identity;

/// <summary>
/// An account's word: "send so much of my money to my wallet". Layout (152 bytes): tag, network, operator, account (32), number (8), amount
/// in nanoTON (8), wallet (36, TEP-2: the registered one). Signed by the account's key. A number is paid once.
/// </summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="Account">Whose money.</param>
/// <param name="Number">Rises with every request of the account, from 1.</param>
/// <param name="Amount">How much leaves the account; fees are the operator's.</param>
/// <param name="Wallet">Where to.</param>
public sealed record WithdrawalRequest(Scope Scope, AccountId Account, long Number, NanoTon Amount, WalletAddress Wallet)
{
    /// <summary>Bytes of the layout.</summary>
    public const int Length = 4 + 3 * Bytes32.Length + 2 * 8 + WalletAddress.Length;

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToStatement()
    {
        byte[] bytes = new byte[Length];
        StatementWriter writer = new StatementWriter(bytes).Head(StatementTag.WithdrawalRequest, Scope);
        writer.Key(Account.Value);
        writer.NotNegative(Number);
        writer.NotNegative(Amount.Value);
        writer.Bytes(Wallet.ToBytes());
        return bytes;
    }

    /// <summary>Reads the layout; false if it is anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> statement, out WithdrawalRequest request)
    {
        StatementReader reader = new(statement);
        bool isOne = reader.Head(StatementTag.WithdrawalRequest, out Scope scope);
        AccountId account = new(reader.Key());
        long number = reader.NotNegative();
        NanoTon amount = new(reader.NotNegative());
        bool isAddress = WalletAddress.TryRead(reader.Take(WalletAddress.Length), out WalletAddress wallet);
        request = new WithdrawalRequest(scope, account, number, amount, wallet);
        return isOne && isAddress && reader.Complete;
    }
}
