using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>A message and how to send it.</summary>
/// <param name="Message">The message.</param>
/// <param name="Mode">How.</param>
public readonly record struct OutgoingMessage(Message Message, SendMode Mode);

/// <summary>The list of actions that a contract hands to the chain (TL-B <c>OutList</c>), sending messages only.</summary>
public static class OutList
{
    /// <summary>The most actions of one transaction.</summary>
    public const int MaxActions = 255;

    private const uint SendMessageTag = 0x0ec3c86d;

    /// <summary>Builds the list; the first message is sent first.</summary>
    /// <exception cref="ArgumentException">More than 255 messages.</exception>
    public static Cell Create(IReadOnlyList<OutgoingMessage> messages)
    {
        if (messages.Count > MaxActions)
            throw new ArgumentException($"{messages.Count} messages; a transaction has at most {MaxActions} actions", nameof(messages));
        Cell list = Cell.Empty;
        foreach ((Message message, SendMode mode) in messages)
        {
            list = CellBuilder.BeginCell()
                .StoreRef(list).StoreUInt(SendMessageTag, 32).StoreUInt((ulong)mode, 8).StoreRef(message.ToCell()).EndCell();
        }

        return list;
    }

    /// <summary>Reads a list of messages to send, in sending order.</summary>
    /// <exception cref="TonFormatException">The cell is no such list, or has other actions or more than 255.</exception>
    public static IReadOnlyList<OutgoingMessage> Load(Cell list)
    {
        List<OutgoingMessage> messages = [];
        while (list.BitLength != 0 || list.ReferenceCount != 0)
        {
            if (messages.Count == MaxActions)
                throw new TonFormatException($"a list of more than {MaxActions} actions");
            Slice slice = list.BeginParse();
            list = slice.LoadRef();
            uint tag = slice.LoadUInt32();
            if (tag != SendMessageTag)
                throw new TonFormatException($"an action {tag:x8} where sending a message (0ec3c86d) is expected");
            SendMode mode = (SendMode)slice.LoadUInt(8);
            messages.Add(new OutgoingMessage(Message.FromCell(slice.LoadRef()), mode));
            slice.EndParse();
        }

        messages.Reverse();
        return messages;
    }
}
