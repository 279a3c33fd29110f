namespace Cocoon.Inference.Tokenizers;

/// <summary>What a vocabulary's entry is, with the numbers of <c>tokenizer.ggml.token_type</c>.</summary>
internal enum TokenKind : byte
{
    Normal = 1,
    Unknown = 2,

    /// <summary>Steers the model (turn marks, begin and end); only trusted text can form it and it is never shown.</summary>
    Control = 3,

    /// <summary>Added by the model's makers as one unit; matched in text before anything else.</summary>
    UserDefined = 4,
    Unused = 5,

    /// <summary>One byte, written <c>&lt;0xNN&gt;</c>.</summary>
    Byte = 6,
}
