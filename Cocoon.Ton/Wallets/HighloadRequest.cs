using System.Diagnostics.CodeAnalysis;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Wallets;

/// <summary>What a signed body to a Highload Wallet v3 asks for: what reconciliation reads from the wallet's own transactions.</summary>
/// <param name="SubwalletId">The wallet it is for.</param>
/// <param name="Outgoing">The message to send; for a batch the one to the wallet itself.</param>
/// <param name="QueryId">Its id.</param>
/// <param name="CreatedAt">Unix time of creation, seconds.</param>
/// <param name="TimeoutSeconds">The timeout it states.</param>
public sealed record HighloadRequest(uint SubwalletId, OutgoingMessage Outgoing, HighloadQueryId QueryId, ulong CreatedAt, int TimeoutSeconds)
{
    /// <summary>Reads a signed body; false when it is none. Does not check the signature.</summary>
    public static bool TryRead(Cell body, [NotNullWhen(true)] out HighloadRequest? request)
    {
        request = null;
        if (body.IsExotic || body.BitLength != 512 || body.ReferenceCount != 1 || body.Reference(0).IsExotic)
            return false;
        try
        {
            Slice slice = body.Reference(0).BeginParse();
            uint subwallet = slice.LoadUInt32();
            Message message = Message.FromCell(slice.LoadRef());
            SendMode mode = (SendMode)slice.LoadUInt(8);
            HighloadQueryId queryId = HighloadQueryId.FromValue((uint)slice.LoadUInt(23));
            request = new HighloadRequest(
                subwallet, new OutgoingMessage(message, mode), queryId, slice.LoadUInt(64), (int)slice.LoadUInt(22));
            slice.EndParse();
            return true;
        }
        catch (TonFormatException)
        {
            request = null;
            return false;
        }
    }

    /// <summary>Reads the body of the message that a Highload Wallet v3 sends to itself for a batch; false when it is none.</summary>
    public static bool TryReadBatch(Cell body, out HighloadQueryId queryId, [NotNullWhen(true)] out IReadOnlyList<OutgoingMessage>? messages)
    {
        queryId = default;
        messages = null;
        if (body.IsExotic || body.BitLength != 96 || body.ReferenceCount != 1)
            return false;
        try
        {
            Slice slice = body.BeginParse();
            ulong value = slice.LoadUInt32() == HighloadWalletV3.InternalTransfer ? slice.LoadUInt(64) : ulong.MaxValue;
            if (value > int.MaxValue)
                return false;
            queryId = HighloadQueryId.FromValue((uint)value);
            messages = OutList.Load(slice.LoadRef());
            return true;
        }
        catch (TonFormatException)
        {
            return false;
        }
    }
}
