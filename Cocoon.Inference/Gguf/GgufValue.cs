namespace Cocoon.Inference.Gguf;

/// <summary>Where one metadata value lies in the file. Its content is decoded when asked for.</summary>
/// <param name="Type">The value's type.</param>
/// <param name="ElementType">For an array the type of its elements, else the same as <paramref name="Type"/>.</param>
/// <param name="Count">Elements of an array, else 1.</param>
/// <param name="Offset">First byte of the content (of an array: of its first element; of a string: of its text).</param>
/// <param name="Length">Bytes of the content.</param>
public readonly record struct GgufValue(GgufValueType Type, GgufValueType ElementType, long Count, long Offset, long Length);
