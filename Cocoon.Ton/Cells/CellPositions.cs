namespace Cocoon.Ton.Cells;

/// <summary>Finds a cell's position by its hash: an open-addressed table, because writing a bag asks it once per reference.</summary>
internal sealed class CellPositions
{
    private Cell?[] cells = new Cell?[128];
    private int[] positions = new int[128];
    private int count;

    public bool TryFind(Cell cell, out int position)
    {
        int slot = FindSlot(cell);
        position = positions[slot];
        return cells[slot] is not null;
    }

    /// <summary>Adds a cell that is not there yet.</summary>
    public void Add(Cell cell, int position)
    {
        if (2 * ++count > cells.Length)
            Grow();
        int slot = FindSlot(cell);
        cells[slot] = cell;
        positions[slot] = position;
    }

    private int FindSlot(Cell cell)
    {
        int mask = cells.Length - 1;
        int slot = (int)cell.Hash.FirstWord & mask;
        while (cells[slot] is Cell other && !ReferenceEquals(other, cell) && other.Hash != cell.Hash)
            slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        Cell?[] oldCells = cells;
        int[] oldPositions = positions;
        cells = new Cell?[oldCells.Length * 2];
        positions = new int[cells.Length];
        for (int index = 0; index < oldCells.Length; index++)
        {
            if (oldCells[index] is not Cell cell)
                continue;
            int slot = FindSlot(cell);
            cells[slot] = cell;
            positions[slot] = oldPositions[index];
        }
    }
}
