using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// How 16 rows are laid out as a strip, so that one vector holds the same four columns of every row and a lane belongs to a row: no sums
/// across a vector, one scale vector for 16 rows. A strip is a list of blocks (64 columns, or 256 for the K formats): first the scales,
/// then for each 32 columns the quants. All parts are multiples of 64 bytes.
/// <list type="bullet">
/// <item>Scales of Q8_0 and Q4_0: 16 halves for each 32 columns. Scales of the K formats: 16 halves, 16 more for the minima, then for
/// each 32 columns 16 bytes of scales and 16 of minima (Q6_K: of the second 16 columns' scales).</item>
/// <item>Quants are put together from steps of four columns, 16 × 4 values. Q8_0: a byte each, moved up by 128. Others: 64 bytes hold two
/// steps' low four bits. Q5_K: before them 64 bytes with the fifth bits, one bit a step. Q6_K: before each two of them 64 bytes with the
/// upper two bits of their four steps. So memory is read strictly forwards, which is what processors foresee.</item>
/// </list>
/// </summary>
internal readonly record struct StripLayout(int BlockColumns, int HeaderBytes, int GroupBytes)
{
    /// <summary>Rows of a strip.</summary>
    public const int Rows = MatrixKernels.PanelRows;

    public int BlockBytes => HeaderBytes + (BlockColumns / Activations.Group * GroupBytes);

    /// <summary>The layout of a format, or null when there is none for it or for rows of that length.</summary>
    public static StripLayout? Of(GgufTensorType type, int columns)
    {
        StripLayout? layout = type switch
        {
            GgufTensorType.Q8_0 => new StripLayout(64, 64, 512),
            GgufTensorType.Q4_0 => new StripLayout(64, 64, 256),
            GgufTensorType.Q4_K => new StripLayout(256, 320, 256),
            GgufTensorType.Q5_K => new StripLayout(256, 320, 320),
            GgufTensorType.Q6_K => new StripLayout(256, 320, 384),
            _ => null,
        };
        return layout is { } found && columns % found.BlockColumns == 0 ? found : null;
    }

    /// <summary>Bytes of a strip of rows of so many columns.</summary>
    public nint StripBytes(int columns) => (nint)(columns / BlockColumns) * BlockBytes;
}
