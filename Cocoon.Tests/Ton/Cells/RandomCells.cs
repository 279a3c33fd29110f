using Cocoon.Ton.Cells;

namespace Cocoon.Tests.Ton.Cells;

/// <summary>Random trees of cells, shared subtrees and exotic cells included, from a seed.</summary>
internal static class RandomCells
{
    public static Cell Tree(Random random, int cellsMax = 40)
    {
        List<Cell> made = [];
        int count = 1 + random.Next(cellsMax);
        for (int index = 0; index < count; index++)
            made.Add(random.Next(8) == 0 ? Exotic(random, made) : Ordinary(random, made));
        return made[^1];
    }

    private static Cell Ordinary(Random random, List<Cell> made)
    {
        CellBuilder builder = CellBuilder.BeginCell();
        byte[] data = new byte[128];
        random.NextBytes(data);
        builder.StoreBits(data, random.Next(3) == 0 ? random.Next(1_024) : random.Next(40));
        for (int reference = random.Next(5); reference > 0 && made.Count > 0; reference--)
            builder.StoreRef(made[random.Next(made.Count)]);
        return builder.EndCell();
    }

    private static Cell Exotic(Random random, List<Cell> made)
    {
        byte[] bytes = new byte[32];
        random.NextBytes(bytes);
        switch (random.Next(3))
        {
            case 0:
                return CellBuilder.BeginCell().StoreUInt(2, 8).StoreBytes(bytes).EndExoticCell();
            case 1 when made.Count > 0:
                Cell child = made[random.Next(made.Count)];
                return CellBuilder.BeginCell()
                    .StoreUInt(3, 8).StoreBits256(child.HashAt(0)).StoreUInt((ulong)child.DepthAt(0), 16).StoreRef(child).EndExoticCell();
            default:
                int mask = 1 + random.Next(7);
                CellBuilder pruned = CellBuilder.BeginCell().StoreUInt(1, 8).StoreUInt((ulong)mask, 8);
                int levels = int.PopCount(mask);
                for (int level = 0; level < levels; level++)
                    pruned.StoreBytes(bytes);
                for (int level = 0; level < levels; level++)
                    pruned.StoreUInt((ulong)random.Next(100), 16);
                return pruned.EndExoticCell();
        }
    }
}
