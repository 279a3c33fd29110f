namespace Cocoon.Inference.Kernels;

/// <summary>
/// Products of weight rows with token vectors. There are three ways through the same weights: <see cref="MultiplyRows"/> reads the file's
/// layout and suits few tokens, <see cref="MultiplyPanel"/> first unpacks 16 rows into a panel and suits many, and <see cref="MultiplyStrips"/>
/// reads weights that were brought into another order before and suits all.
/// Within a way a token's result does not depend on which other tokens are computed with it, bit for bit.
/// </summary>
internal abstract unsafe class MatrixKernels
{
    /// <summary>Rows of a panel, and the unit in which work is handed out.</summary>
    public const int PanelRows = 16;

    /// <summary>Name for logs, settings and benchmarks.</summary>
    public abstract string Name { get; }

    /// <summary>True when <see cref="MultiplyPanel"/> exists for a matrix; otherwise <see cref="MultiplyRows"/> serves all tokens.</summary>
    public abstract bool HasPanels(MatrixView matrix);

    /// <summary>True when <see cref="MultiplyStrips"/> exists. It gives the same bits as <see cref="MultiplyPanel"/>.</summary>
    public virtual bool HasStrips => false;

    /// <summary>Bytes of scratch that <see cref="MultiplyPanel"/> needs for rows of so many columns.</summary>
    public static int PanelBytes(int columns)
    {
        int padded = (columns + RowChunk.Columns - 1) / RowChunk.Columns * RowChunk.Columns;
        return (padded * PanelRows * 2) + (padded / 16 * PanelRows * 8);
    }

    /// <summary>Rows <paramref name="firstRow"/> to <paramref name="endRow"/> times <paramref name="tokens"/> vectors from <paramref name="firstToken"/> on.</summary>
    public abstract void MultiplyRows(MatrixView matrix, int firstRow, int endRow, Activations input, int firstToken, int tokens, ProductTarget output);

    /// <summary>The same by way of a panel; at most <see cref="PanelRows"/> rows.</summary>
    public abstract void MultiplyPanel(
        MatrixView matrix, int firstRow, int endRow, Activations input, int firstToken, int tokens, ProductTarget output, byte* scratch);

    /// <summary>The same for the rows of strips that are packed.</summary>
    public virtual void MultiplyStrips(StripMatrix matrix, int firstStrip, int strips, Activations input, int firstToken, int tokens, ProductTarget output) =>
        throw new InvalidOperationException($"the kernels {Name} have no strips");
}
