namespace Cocoon.Inference.Structured;

/// <summary>A JSON schema cannot be enforced: a keyword is not supported, or it is too large.</summary>
internal sealed class GrammarException(string message) : Exception(message);
