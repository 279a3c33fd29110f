namespace Cocoon.Inference.Tokenizers;

/// <summary>Turns plain text into tokens. Has buffers of its own: one caller at a time.</summary>
internal interface ITextEncoder
{
    /// <summary>Appends the tokens of UTF-8 text in which no special token is looked for.</summary>
    /// <param name="text">The text; bytes that are no valid UTF-8 are encoded as bytes.</param>
    /// <param name="isStart">True at the start of the prompt and after a special token, where some vocabularies put a space.</param>
    /// <param name="output">Where the tokens go.</param>
    void Encode(ReadOnlySpan<byte> text, bool isStart, List<int> output);
}
