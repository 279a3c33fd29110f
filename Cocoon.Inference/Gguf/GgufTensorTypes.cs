namespace Cocoon.Inference.Gguf;

/// <summary>Block sizes of the tensor types: a row of n values is n / elements blocks of so many bytes.</summary>
public static class GgufTensorTypes
{
    private static readonly (GgufTensorType Type, int Elements, int Bytes)[] Layouts =
    [
        (GgufTensorType.F32, 1, 4), (GgufTensorType.F16, 1, 2), (GgufTensorType.BF16, 1, 2), (GgufTensorType.F64, 1, 8),
        (GgufTensorType.I8, 1, 1), (GgufTensorType.I16, 1, 2), (GgufTensorType.I32, 1, 4), (GgufTensorType.I64, 1, 8),
        (GgufTensorType.Q4_0, 32, 18), (GgufTensorType.Q4_1, 32, 20), (GgufTensorType.Q5_0, 32, 22), (GgufTensorType.Q5_1, 32, 24),
        (GgufTensorType.Q8_0, 32, 34), (GgufTensorType.Q8_1, 32, 36), (GgufTensorType.MXFP4, 32, 17), (GgufTensorType.IQ4_NL, 32, 18),
        (GgufTensorType.Q2_K, 256, 84), (GgufTensorType.Q3_K, 256, 110), (GgufTensorType.Q4_K, 256, 144), (GgufTensorType.Q5_K, 256, 176),
        (GgufTensorType.Q6_K, 256, 210), (GgufTensorType.Q8_K, 256, 292), (GgufTensorType.IQ2_XXS, 256, 66), (GgufTensorType.IQ2_XS, 256, 74),
        (GgufTensorType.IQ3_XXS, 256, 98), (GgufTensorType.IQ1_S, 256, 50), (GgufTensorType.IQ3_S, 256, 110), (GgufTensorType.IQ2_S, 256, 82),
        (GgufTensorType.IQ4_XS, 256, 136), (GgufTensorType.IQ1_M, 256, 56), (GgufTensorType.TQ1_0, 256, 54), (GgufTensorType.TQ2_0, 256, 66),
    ];

    /// <summary>The block of a type, or false for a number that names no known type.</summary>
    public static bool TryGetBlock(GgufTensorType type, out int elements, out int bytes)
    {
        foreach ((GgufTensorType candidate, int candidateElements, int candidateBytes) in Layouts)
        {
            if (candidate == type)
            {
                (elements, bytes) = (candidateElements, candidateBytes);
                return true;
            }
        }

        (elements, bytes) = (0, 0);
        return false;
    }

    /// <summary>Bytes of a row of <paramref name="elements"/> values. Throws <see cref="ArgumentException"/> when they are not whole blocks.</summary>
    public static long RowBytes(GgufTensorType type, long elements)
    {
        if (!TryGetBlock(type, out int blockElements, out int blockBytes) || elements < 0 || elements % blockElements != 0)
            throw new ArgumentException($"{elements} values are not whole blocks of {type}", nameof(elements));
        return checked(elements / blockElements * blockBytes);
    }
}
