using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>A message's envelope (TL-B <c>CommonMsgInfo</c>).</summary>
public abstract record MessageInfo
{
    private protected MessageInfo()
    {
    }

    internal abstract void Store(CellBuilder builder);

    /// <summary>Reads any of the three kinds.</summary>
    /// <exception cref="TonFormatException">The slice does not start with one.</exception>
    public static MessageInfo Load(Slice slice)
    {
        if (!slice.LoadBit())
            return InternalMessageInfo.LoadRest(slice);
        return slice.LoadBit() ? ExternalOutMessageInfo.LoadRest(slice) : ExternalInMessageInfo.LoadRest(slice);
    }
}

/// <summary>From one contract to another (<c>int_msg_info</c>; with no source, what a wallet is asked to send).</summary>
/// <param name="Destination">The receiver.</param>
/// <param name="Value">What it carries.</param>
public sealed record InternalMessageInfo(Address Destination, CurrencyCollection Value) : MessageInfo
{
    /// <summary>The sender; null in a message that is yet to be sent: the chain fills it in.</summary>
    public Address? Source { get; init; }

    /// <summary>Whether instant hypercube routing, which does not exist, is off. Default true.</summary>
    public bool IhrDisabled { get; init; } = true;

    /// <summary>Whether the value comes back when the receiver fails or does not exist.</summary>
    public bool Bounce { get; init; }

    /// <summary>Whether this is a message that came back.</summary>
    public bool Bounced { get; init; }

    /// <summary>Zero; since global version 12 the chain calls the field <c>extra_flags</c>.</summary>
    public Coins IhrFee { get; init; }

    /// <summary>What is left of the forwarding fee for the receiving shard.</summary>
    public Coins ForwardFee { get; init; }

    /// <summary>Logical time of creation; 0 in a message that is yet to be sent.</summary>
    public ulong CreatedLt { get; init; }

    /// <summary>Unix time of creation, seconds; 0 in a message that is yet to be sent.</summary>
    public uint CreatedAt { get; init; }

    internal override void Store(CellBuilder builder)
    {
        builder.StoreBit(false).StoreBit(IhrDisabled).StoreBit(Bounce).StoreBit(Bounced).StoreAddress(Source).StoreAddress(Destination);
        Value.Store(builder).StoreCoins(IhrFee).StoreCoins(ForwardFee).StoreUInt(CreatedLt, 64).StoreUInt(CreatedAt, 32);
    }

    internal static InternalMessageInfo LoadRest(Slice slice)
    {
        bool ihrDisabled = slice.LoadBit();
        bool bounce = slice.LoadBit();
        bool bounced = slice.LoadBit();
        Address? source = slice.LoadMaybeAddress();
        return new InternalMessageInfo(slice.LoadAddress(), CurrencyCollection.Load(slice))
        {
            IhrDisabled = ihrDisabled,
            Bounce = bounce,
            Bounced = bounced,
            Source = source,
            IhrFee = slice.LoadCoins(),
            ForwardFee = slice.LoadCoins(),
            CreatedLt = slice.LoadUInt(64),
            CreatedAt = slice.LoadUInt32(),
        };
    }
}

/// <summary>From outside the chain to a contract (<c>ext_in_msg_info</c>).</summary>
/// <param name="Destination">The receiver.</param>
public sealed record ExternalInMessageInfo(Address Destination) : MessageInfo
{
    /// <summary>Whatever the sender says of itself; usually null.</summary>
    public ExternalAddress? Source { get; init; }

    /// <summary>Zero.</summary>
    public Coins ImportFee { get; init; }

    internal override void Store(CellBuilder builder) =>
        builder.StoreUInt(0b10, 2).StoreAddress(Source).StoreAddress(Destination).StoreCoins(ImportFee);

    internal static ExternalInMessageInfo LoadRest(Slice slice)
    {
        ExternalAddress? source = slice.LoadMaybeExternalAddress();
        return new ExternalInMessageInfo(slice.LoadAddress()) { Source = source, ImportFee = slice.LoadCoins() };
    }
}

/// <summary>From a contract to outside the chain: an event (<c>ext_out_msg_info</c>).</summary>
public sealed record ExternalOutMessageInfo : MessageInfo
{
    /// <summary>The contract; null in a message that is yet to be sent.</summary>
    public Address? Source { get; init; }

    /// <summary>Whatever the contract calls the receiver.</summary>
    public ExternalAddress? Destination { get; init; }

    /// <summary>Logical time of creation.</summary>
    public ulong CreatedLt { get; init; }

    /// <summary>Unix time of creation, seconds.</summary>
    public uint CreatedAt { get; init; }

    internal override void Store(CellBuilder builder) =>
        builder.StoreUInt(0b11, 2).StoreAddress(Source).StoreAddress(Destination).StoreUInt(CreatedLt, 64).StoreUInt(CreatedAt, 32);

    internal static ExternalOutMessageInfo LoadRest(Slice slice) => new()
    {
        Source = slice.LoadMaybeAddress(),
        Destination = slice.LoadMaybeExternalAddress(),
        CreatedLt = slice.LoadUInt(64),
        CreatedAt = slice.LoadUInt32(),
    };
}
