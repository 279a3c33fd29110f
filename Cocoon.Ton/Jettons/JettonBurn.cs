using System.Diagnostics.CodeAnalysis;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Jettons;

/// <summary>Asks a jetton wallet to destroy jettons (TEP-74 <c>burn</c>, op 595f07bc).</summary>
/// <param name="QueryId">Chosen by the sender.</param>
/// <param name="Amount">Jettons, in their smallest unit.</param>
/// <param name="ResponseDestination">Who gets what is left of the attached coins; null for nobody.</param>
/// <param name="CustomPayload">Content for masters that ask for it, or null.</param>
public sealed record JettonBurn(ulong QueryId, Coins Amount, Address? ResponseDestination, Cell? CustomPayload = null)
{
    /// <summary>The op code.</summary>
    public const uint Op = 0x595f07bc;

    /// <summary>The body.</summary>
    public Cell ToCell() => CellBuilder.BeginCell()
        .StoreUInt(Op, 32).StoreUInt(QueryId, 64).StoreCoins(Amount).StoreAddress(ResponseDestination).StoreMaybeRef(CustomPayload).EndCell();

    /// <summary>Reads a body; false when it is none of this kind.</summary>
    public static bool TryRead(Cell body, [NotNullWhen(true)] out JettonBurn? burn) => JettonBody.TryRead(body, Op, Load, out burn);

    private static JettonBurn Load(Slice slice) =>
        new(slice.LoadUInt(64), slice.LoadCoins(), slice.LoadMaybeAddress(), slice.LoadMaybeRef());
}

/// <summary>Returns coins that a jetton operation did not need (TEP-74 <c>excesses</c>, op d53276db).</summary>
/// <param name="QueryId">The operation's.</param>
public sealed record JettonExcesses(ulong QueryId)
{
    /// <summary>The op code.</summary>
    public const uint Op = 0xd53276db;

    /// <summary>The body.</summary>
    public Cell ToCell() => CellBuilder.BeginCell().StoreUInt(Op, 32).StoreUInt(QueryId, 64).EndCell();

    /// <summary>Reads a body; false when it is none of this kind.</summary>
    public static bool TryRead(Cell body, [NotNullWhen(true)] out JettonExcesses? excesses) =>
        JettonBody.TryRead(body, Op, slice => new JettonExcesses(slice.LoadUInt(64)), out excesses);
}
