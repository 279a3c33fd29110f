namespace Cocoon.Ton;

/// <summary>Data from outside is not in the form that TON defines for it: an address, a number, a cell's content.</summary>
public class TonFormatException : FormatException
{
    /// <summary>Creates the error with a message that says what was expected and what was found.</summary>
    public TonFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with the one that caused it.</summary>
    public TonFormatException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
