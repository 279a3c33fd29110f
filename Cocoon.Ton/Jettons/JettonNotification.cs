using System.Diagnostics.CodeAnalysis;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Jettons;

/// <summary>
/// Tells an owner that jettons came in (TEP-74 <c>transfer_notification</c>, op 7362d09c). Anybody can send one: it means something only
/// when its sender is the owner's own jetton wallet, as the jetton's master states it.
/// </summary>
/// <param name="QueryId">The transfer's.</param>
/// <param name="Amount">Jettons, in their smallest unit.</param>
/// <param name="Sender">The old owner; null when it did not say.</param>
/// <param name="ForwardPayload">What the old owner attached.</param>
public sealed record JettonNotification(ulong QueryId, Coins Amount, Address? Sender, Cell ForwardPayload)
{
    /// <summary>The op code.</summary>
    public const uint Op = 0x7362d09c;

    /// <summary>The body.</summary>
    public Cell ToCell() => CellBuilder.BeginCell()
        .StoreUInt(Op, 32).StoreUInt(QueryId, 64).StoreCoins(Amount).StoreAddress(Sender).StoreBit(true).StoreRef(ForwardPayload).EndCell();

    /// <summary>Reads a body; false when it is none of this kind.</summary>
    public static bool TryRead(Cell body, [NotNullWhen(true)] out JettonNotification? notification) =>
        JettonBody.TryRead(body, Op, Load, out notification);

    private static JettonNotification Load(Slice slice) =>
        new(slice.LoadUInt(64), slice.LoadCoins(), slice.LoadMaybeAddress(), JettonBody.LoadPayload(slice));
}
