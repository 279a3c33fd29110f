using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>A message (TL-B <c>Message Any</c>; with no source, <c>MessageRelaxed</c>).</summary>
/// <param name="Info">Who sends what to whom.</param>
/// <param name="Body">The content.</param>
/// <param name="Init">The receiver's initial state, to deploy it; or null.</param>
public sealed record Message(MessageInfo Info, Cell Body, StateInit? Init = null)
{
    /// <summary>A message that a wallet shall send.</summary>
    /// <param name="destination">The receiver.</param>
    /// <param name="value">Coins it carries.</param>
    /// <param name="bounce">Whether the coins come back if the receiver fails; false for a receiver that may not be deployed.</param>
    /// <param name="body">The content; empty for null.</param>
    /// <param name="init">The receiver's initial state, or null.</param>
    public static Message Internal(Address destination, CurrencyCollection value, bool bounce, Cell? body = null, StateInit? init = null) =>
        new(new InternalMessageInfo(destination, value) { Bounce = bounce }, body ?? Cell.Empty, init);

    /// <summary>A transfer of coins with an optional comment, bouncing as the friendly address says.</summary>
    public static Message Transfer(FriendlyAddress destination, Coins value, string? comment = null) =>
        Internal(destination.Address, value, destination.IsBounceable, comment is null ? null : Comment.Create(comment));

    /// <summary>A message from outside the chain.</summary>
    public static Message ExternalIn(Address destination, Cell body, StateInit? init = null) =>
        new(new ExternalInMessageInfo(destination), body, init);

    /// <summary>
    /// The hash by which an external message is tracked (TEP-467): of the message with no source, no import fee, no initial state, and
    /// the body in a reference. Unlike the plain hash it does not depend on how a sender or API wrote the message.
    /// </summary>
    /// <exception cref="InvalidOperationException">The message is not an external one to a contract.</exception>
    public Bits256 NormalizedHash => Info is ExternalInMessageInfo external
        ? CellBuilder.BeginCell().StoreUInt(0b10, 2).StoreUInt(0, 2).StoreAddress(external.Destination).StoreCoins(Coins.Zero)
            .StoreBit(false).StoreBit(true).StoreRef(Body).EndCell().Hash
        : throw new InvalidOperationException("only external messages to a contract have a normalized hash (TEP-467)");

    /// <summary>The message as a cell. Initial state and body stand in the cell or in references, by the rules of @ton/core.</summary>
    public Cell ToCell()
    {
        CellBuilder builder = CellBuilder.BeginCell();
        Info.Store(builder);
        bool relaxed = Info is InternalMessageInfo { Source: null } or ExternalOutMessageInfo { Source: null };
        builder.StoreBit(Init is not null);
        if (Init is not null)
        {
            CellBuilder init = Init.Store(CellBuilder.BeginCell());

            // The strict form keeps room for the body too.
            int needed = 1 + init.BitLength + (relaxed ? 0 : Body.BitLength);
            bool inReference = builder.AvailableBits - 1 < needed;
            builder.StoreBit(inReference);
            _ = inReference ? builder.StoreRef(init.EndCell()) : builder.StoreBuilder(init);
        }

        bool bodyInReference = builder.AvailableBits - 1 < Body.BitLength
            || builder.AvailableReferences < Body.ReferenceCount
            || Body.IsExotic;
        builder.StoreBit(bodyInReference);
        return (bodyInReference ? builder.StoreRef(Body) : builder.StoreContent(Body)).EndCell();
    }

    /// <summary>Reads a message that fills a cell.</summary>
    /// <exception cref="TonFormatException">The cell is no message.</exception>
    public static Message FromCell(Cell cell) => Load(cell.BeginParse());

    /// <summary>Reads a message to the slice's end.</summary>
    /// <exception cref="TonFormatException">The slice is no message.</exception>
    public static Message Load(Slice slice)
    {
        MessageInfo info = MessageInfo.Load(slice);
        StateInit? init = null;
        if (slice.LoadBit())
            init = slice.LoadBit() ? StateInit.Load(slice.LoadRef().BeginParse()) : StateInit.Load(slice);
        if (!slice.LoadBit())
            return new Message(info, slice.AsCell(), init);
        Message message = new(info, slice.LoadRef(), init);
        slice.EndParse();
        return message;
    }
}
