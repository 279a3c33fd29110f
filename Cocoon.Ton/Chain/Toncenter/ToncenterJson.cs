using System.Globalization;
using System.Text.Json;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Chain.Toncenter;

/// <summary>Reads the API's answers. Numbers come as text or as numbers; what is missing or contradicts itself is refused.</summary>
internal static class ToncenterJson
{
    public static AccountSnapshot ReadAccount(Address address, JsonElement result)
    {
        AccountStatus status = result.GetProperty("state").GetString() switch
        {
            "active" => AccountStatus.Active,
            "frozen" => AccountStatus.Frozen,
            "uninitialized" => AccountStatus.Uninitialized,
            string other => throw new TonFormatException($"an account in the unknown state \"{other}\""),
            null => throw new TonFormatException("an account without a state"),
        };

        // Some servers state -1 for an account that does not exist.
        long balance = (long)ReadNumber(result.GetProperty("balance"));
        JsonElement last = result.GetProperty("last_transaction_id");
        ulong lt = (ulong)ReadNumber(last.GetProperty("lt"));
        return new AccountSnapshot(
            address,
            status,
            Coins.FromNano(Math.Max(0, balance)),
            lt == 0 ? null : new TransactionId(lt, ReadHash(last.GetProperty("hash"))),
            (long)ReadNumber(result.GetProperty("sync_utime")))
        {
            Code = ReadMaybeCell(result, "code"),
            Data = ReadMaybeCell(result, "data"),
        };
    }

    public static IReadOnlyList<Transaction> ReadTransactions(Address address, TransactionId? from, int limit, JsonElement result)
    {
        List<Transaction> transactions = [];
        foreach (JsonElement item in result.EnumerateArray())
        {
            if (transactions.Count == limit)
                break;
            Transaction transaction = Transaction.FromCell(Cell.FromBase64(item.GetProperty("data").GetString()!));
            JsonElement id = item.GetProperty("transaction_id");
            if (transaction.Hash != ReadHash(id.GetProperty("hash")) || transaction.Lt != (ulong)ReadNumber(id.GetProperty("lt")))
                throw new TonFormatException($"transaction {transaction.Lt} has another hash or time than is stated of it");
            if (transaction.AccountId != address.Hash)
                throw new TonFormatException($"transaction {transaction.Lt} belongs to another account");
            if (transactions.Count > 0 && transaction.Lt >= transactions[^1].Lt)
                throw new TonFormatException("transactions are not in order, the newest first");
            transactions.Add(transaction);
        }

        if (from is TransactionId first && transactions.Count > 0 && (transactions[0].Lt != first.Lt || transactions[0].Hash != first.Hash))
            throw new TonFormatException($"transaction {first.Lt} was asked for, {transactions[0].Lt} came");
        return transactions;
    }

    public static FeeEstimate ReadFees(JsonElement result)
    {
        JsonElement fees = result.GetProperty("source_fees");
        return new FeeEstimate(
            ReadCoins(fees.GetProperty("in_fwd_fee")),
            ReadCoins(fees.GetProperty("storage_fee")),
            ReadCoins(fees.GetProperty("gas_fee")),
            ReadCoins(fees.GetProperty("fwd_fee")));
    }

    private static Coins ReadCoins(JsonElement value) => Coins.FromNano((long)ReadNumber(value));

    private static decimal ReadNumber(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? decimal.Parse(value.GetString()!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
        : value.GetDecimal();

    private static Bits256 ReadHash(JsonElement value) => Bits256.TryParse(value.GetString(), out Bits256 hash)
        ? hash
        : throw new TonFormatException($"\"{value.GetString()}\" is no hash");

    private static Cell? ReadMaybeCell(JsonElement result, string property) =>
        result.TryGetProperty(property, out JsonElement value) && value.GetString() is { Length: > 0 } text ? Cell.FromBase64(text) : null;
}
