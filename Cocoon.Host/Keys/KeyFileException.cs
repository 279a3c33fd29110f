namespace Cocoon.Host.Keys;

/// <summary>A key file cannot be used; the message says which, why, and what to do.</summary>
internal sealed class KeyFileException(string message, Exception? inner = null) : Exception(message, inner);
