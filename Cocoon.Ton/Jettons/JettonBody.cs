using System.Diagnostics.CodeAnalysis;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Jettons;

/// <summary>Reads the bodies of TEP-74: an op code of 32 bits and what it announces.</summary>
internal static class JettonBody
{
    public static bool TryRead<T>(Cell body, uint op, Func<Slice, T> load, [NotNullWhen(true)] out T? value)
        where T : class
    {
        value = null;
        if (body.IsExotic || body.BitLength < 32)
            return false;
        Slice slice = body.BeginParse();
        if (slice.LoadUInt32() != op)
            return false;
        try
        {
            value = load(slice);
            return true;
        }
        catch (TonFormatException)
        {
            return false;
        }
    }

    /// <summary>TL-B <c>Either Cell ^Cell</c> at a body's end.</summary>
    public static Cell LoadPayload(Slice slice) => slice.LoadBit() ? slice.LoadRef() : slice.AsCell();
}
