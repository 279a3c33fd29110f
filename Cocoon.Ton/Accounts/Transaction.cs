using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Accounts;

/// <summary>A message's place in a transaction: the message and its hash, by which the receiver's transaction is found.</summary>
/// <param name="Message">The message.</param>
/// <param name="Hash">The hash of its cell.</param>
public readonly record struct TransactionMessage(Message Message, Bits256 Hash)
{
    internal static TransactionMessage Load(Cell cell) => new(Message.FromCell(cell), cell.Hash);
}

/// <summary>A change of one account (TL-B <c>Transaction</c>), read from its cell: hash and content belong together.</summary>
public sealed record Transaction
{
    private const int Tag = 0b0111;
    private const int MessagesMax = 65_535;

    private static readonly DictionaryKey<ulong> OutKeys = DictionaryKeys.UInt(15);

    /// <summary>The transaction's hash.</summary>
    public required Bits256 Hash { get; init; }

    /// <summary>The account's id; the workchain is not part of a transaction.</summary>
    public required Bits256 AccountId { get; init; }

    /// <summary>Logical time.</summary>
    public required ulong Lt { get; init; }

    /// <summary>Hash of the account's transaction before; zero for the first.</summary>
    public required Bits256 PreviousHash { get; init; }

    /// <summary>Logical time of the account's transaction before; 0 for the first.</summary>
    public required ulong PreviousLt { get; init; }

    /// <summary>Unix time, seconds.</summary>
    public required uint Now { get; init; }

    /// <summary>The account's status before.</summary>
    public required AccountStatus StatusBefore { get; init; }

    /// <summary>The account's status after.</summary>
    public required AccountStatus StatusAfter { get; init; }

    /// <summary>The message that came in, or null.</summary>
    public TransactionMessage? InMessage { get; init; }

    /// <summary>The messages that went out, in order.</summary>
    public required IReadOnlyList<TransactionMessage> OutMessages { get; init; }

    /// <summary>All fees that this transaction cost the account, without forwarding fees that travel with messages.</summary>
    public required CurrencyCollection TotalFees { get; init; }

    /// <summary>Hash of the account's state before.</summary>
    public required Bits256 StateBefore { get; init; }

    /// <summary>Hash of the account's state after.</summary>
    public required Bits256 StateAfter { get; init; }

    /// <summary>What happened, phase by phase.</summary>
    public required TransactionDescription Description { get; init; }

    /// <summary>Reads a transaction from its cell.</summary>
    /// <exception cref="TonFormatException">The cell is no transaction.</exception>
    public static Transaction FromCell(Cell cell)
    {
        Slice slice = cell.BeginParse();
        if (slice.LoadUInt(4) != Tag)
            throw new TonFormatException("the cell is no transaction: its tag is not 0111");
        Bits256 account = slice.LoadBits256();
        ulong lt = slice.LoadUInt(64);
        Bits256 previousHash = slice.LoadBits256();
        ulong previousLt = slice.LoadUInt(64);
        uint now = slice.LoadUInt32();
        int outCount = (int)slice.LoadUInt(15);
        AccountStatus before = (AccountStatus)slice.LoadUInt(2);
        AccountStatus after = (AccountStatus)slice.LoadUInt(2);
        Slice messages = slice.LoadRef().BeginParse();
        Cell? inMessage = messages.LoadMaybeRef();
        HashmapE<ulong, Cell> outMessages = messages.LoadDict(OutKeys, DictionaryValues.Cell, MessagesMax);
        CurrencyCollection fees = CurrencyCollection.Load(slice);
        Slice update = slice.LoadRef().BeginParse();
        if (update.LoadUInt(8) != 0x72)
            throw new TonFormatException("a transaction's state update has an unknown tag");
        if (outMessages.Count != outCount)
            throw new TonFormatException($"a transaction states {outCount} messages and holds {outMessages.Count}");
        return new Transaction
        {
            Hash = cell.Hash,
            AccountId = account,
            Lt = lt,
            PreviousHash = previousHash,
            PreviousLt = previousLt,
            Now = now,
            StatusBefore = before,
            StatusAfter = after,
            InMessage = inMessage is null ? null : TransactionMessage.Load(inMessage),
            OutMessages = [.. outMessages.OrderBy(entry => entry.Key).Select(entry => TransactionMessage.Load(entry.Value))],
            TotalFees = fees,
            StateBefore = update.LoadBits256(),
            StateAfter = update.LoadBits256(),
            Description = TransactionDescription.Load(slice.LoadRef().BeginParse()),
        };
    }
}
