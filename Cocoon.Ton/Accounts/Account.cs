using System.Numerics;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Accounts;

/// <summary>An account's state (TL-B <c>Account</c>).</summary>
/// <param name="Address">Whose.</param>
/// <param name="Status">Active, frozen or uninitialized.</param>
/// <param name="Balance">What it holds.</param>
public sealed record Account(Address Address, AccountStatus Status, CurrencyCollection Balance)
{
    /// <summary>Code and data; null unless active.</summary>
    public StateInit? State { get; init; }

    /// <summary>Hash of the state that was put away; null unless frozen.</summary>
    public Bits256? FrozenHash { get; init; }

    /// <summary>Logical time after the last transaction.</summary>
    public ulong LastTransactionLt { get; init; }

    /// <summary>Cells that the account occupies.</summary>
    public BigInteger UsedCells { get; init; }

    /// <summary>Bits that the account occupies.</summary>
    public BigInteger UsedBits { get; init; }

    /// <summary>Unix time until which rent is paid, seconds.</summary>
    public uint LastPaid { get; init; }

    /// <summary>Rent owed, or null.</summary>
    public Coins? DuePayment { get; init; }

    /// <summary>Reads <c>Account</c>; null for an account that does not exist (<c>account_none</c>).</summary>
    /// <exception cref="TonFormatException">The cell is no account.</exception>
    public static Account? FromCell(Cell cell)
    {
        Slice slice = cell.BeginParse();
        return slice.LoadBit() ? Load(slice) : null;
    }

    private static Account Load(Slice slice)
    {
        Address address = slice.LoadAddress();
        BigInteger cells = slice.LoadVarUInt(3);
        BigInteger bits = slice.LoadVarUInt(3);
        SkipStorageExtra(slice);
        uint lastPaid = slice.LoadUInt32();
        Coins? duePayment = slice.LoadMaybeCoins();
        ulong lastLt = slice.LoadUInt(64);
        Account account = new(address, AccountStatus.Uninitialized, CurrencyCollection.Load(slice))
        {
            UsedCells = cells,
            UsedBits = bits,
            LastPaid = lastPaid,
            DuePayment = duePayment,
            LastTransactionLt = lastLt,
        };
        if (slice.LoadBit())
            return account with { Status = AccountStatus.Active, State = StateInit.Load(slice) };
        return slice.LoadBit() ? account with { Status = AccountStatus.Frozen, FrozenHash = slice.LoadBits256() } : account;
    }

    private static void SkipStorageExtra(Slice slice)
    {
        int kind = (int)slice.LoadUInt(3);
        if (kind == 1)
            slice.LoadBits256();
        else if (kind != 0)
            throw new TonFormatException($"an account with unknown storage information {kind}");
    }
}

/// <summary>An account and its last transaction, as a shard's state holds it (TL-B <c>ShardAccount</c>).</summary>
/// <param name="Account">The account; null when it does not exist.</param>
/// <param name="LastTransactionHash">Hash of its last transaction.</param>
/// <param name="LastTransactionLt">Logical time of its last transaction.</param>
public sealed record ShardAccount(Account? Account, Bits256 LastTransactionHash, ulong LastTransactionLt)
{
    /// <summary>Reads <c>ShardAccount</c>.</summary>
    /// <exception cref="TonFormatException">The cell is none, or a proof left the account out.</exception>
    public static ShardAccount FromCell(Cell cell)
    {
        Slice slice = cell.BeginParse();
        return new ShardAccount(Accounts.Account.FromCell(slice.LoadRef()), slice.LoadBits256(), slice.LoadUInt(64));
    }
}
