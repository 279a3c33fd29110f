namespace Cocoon.Ton.Cells;

/// <summary>Bytes that should be a bag of cells are none.</summary>
public sealed class BocException : TonFormatException
{
    /// <summary>Creates the error.</summary>
    /// <param name="reason">Why the bytes are refused.</param>
    /// <param name="detail">What was found where.</param>
    public BocException(BocError reason, string detail)
        : base($"invalid bag of cells ({reason}): {detail}")
    {
        Reason = reason;
    }

    internal BocException(BocError reason, string detail, Exception inner)
        : base($"invalid bag of cells ({reason}): {detail}", inner)
    {
        Reason = reason;
    }

    /// <summary>Why the bytes are refused.</summary>
    public BocError Reason { get; }
}
