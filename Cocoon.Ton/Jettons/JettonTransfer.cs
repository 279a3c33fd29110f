using System.Diagnostics.CodeAnalysis;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Jettons;

/// <summary>Asks a jetton wallet to send jettons (TEP-74 <c>transfer</c>, op 0f8a7ea5).</summary>
/// <param name="QueryId">Chosen by the sender, repeated in every answer.</param>
/// <param name="Amount">Jettons, in their smallest unit.</param>
/// <param name="Destination">The new owner (not its jetton wallet).</param>
/// <param name="ResponseDestination">Who gets what is left of the attached coins; null for nobody.</param>
public sealed record JettonTransfer(ulong QueryId, Coins Amount, Address Destination, Address? ResponseDestination)
{
    /// <summary>The op code.</summary>
    public const uint Op = 0x0f8a7ea5;

    /// <summary>Content for wallets that ask for it, or null.</summary>
    public Cell? CustomPayload { get; init; }

    /// <summary>Coins that go to the new owner with the notification; with none there is no notification.</summary>
    public Coins ForwardTonAmount { get; init; }

    /// <summary>What the notification carries.</summary>
    public Cell ForwardPayload { get; init; } = Cell.Empty;

    /// <summary>Whether the payload stands in a reference; it must when it does not fit.</summary>
    public bool ForwardPayloadInReference { get; init; }

    /// <summary>The body of the message to one's own jetton wallet.</summary>
    public Cell ToCell()
    {
        CellBuilder builder = CellBuilder.BeginCell()
            .StoreUInt(Op, 32).StoreUInt(QueryId, 64).StoreCoins(Amount).StoreAddress(Destination).StoreAddress(ResponseDestination)
            .StoreMaybeRef(CustomPayload).StoreCoins(ForwardTonAmount).StoreBit(ForwardPayloadInReference);
        return (ForwardPayloadInReference ? builder.StoreRef(ForwardPayload) : builder.StoreContent(ForwardPayload)).EndCell();
    }

    /// <summary>Reads a body; false when it is none of this kind.</summary>
    public static bool TryRead(Cell body, [NotNullWhen(true)] out JettonTransfer? transfer) => JettonBody.TryRead(body, Op, Load, out transfer);

    private static JettonTransfer Load(Slice slice)
    {
        JettonTransfer transfer = new(slice.LoadUInt(64), slice.LoadCoins(), slice.LoadAddress(), slice.LoadMaybeAddress())
        {
            CustomPayload = slice.LoadMaybeRef(),
            ForwardTonAmount = slice.LoadCoins(),
        };
        return transfer with
        {
            ForwardPayloadInReference = slice.Clone().LoadBit(),
            ForwardPayload = JettonBody.LoadPayload(slice),
        };
    }
}
