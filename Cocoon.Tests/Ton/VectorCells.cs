using System.Text.Json;
using Cocoon.Ton.Cells;

namespace Cocoon.Tests.Ton;

/// <summary>Builds and checks cells as <c>ton.json</c> describes them.</summary>
internal static class VectorCells
{
    /// <summary>Builds a tree from a list of nodes that refer to each other by index; the first is the root.</summary>
    public static Cell Build(JsonElement nodes)
    {
        JsonElement[] all = [.. nodes.EnumerateArray()];
        return Build(all, new Cell?[all.Length], 0);
    }

    private static Cell Build(JsonElement[] nodes, Cell?[] built, int index)
    {
        if (built[index] is Cell known)
            return known;
        CellBuilder builder = StoreBits(CellBuilder.BeginCell(), nodes[index].GetProperty("bits"));
        foreach (JsonElement reference in nodes[index].GetProperty("refs").EnumerateArray())
            builder.StoreRef(Build(nodes, built, reference.GetInt32()));
        bool exotic = nodes[index].TryGetProperty("exotic", out JsonElement flag) && flag.GetBoolean();
        return built[index] = exotic ? builder.EndExoticCell() : builder.EndCell();
    }

    public static CellBuilder StoreBits(CellBuilder builder, JsonElement bits) =>
        builder.StoreBits(bits.Hex("hex"), bits.GetProperty("n").GetInt32());

    /// <summary>Checks hash, depth, sizes and the plain BOC that a case states of a cell.</summary>
    public static void AssertIs(JsonElement expected, Cell cell)
    {
        Assert.Equal(expected.Text("hash"), cell.Hash.ToString());
        if (expected.TryGetProperty("depth", out JsonElement depth))
            Assert.Equal(depth.GetInt32(), cell.Depth);
        if (expected.TryGetProperty("bits", out JsonElement bits))
            Assert.Equal(bits.GetInt32(), cell.BitLength);
        if (expected.TryGetProperty("refs", out JsonElement references))
            Assert.Equal(references.GetInt32(), cell.ReferenceCount);
        if (!expected.IsNull("boc"))
        {
            Assert.Equal(expected.Text("boc"), cell.ToBase64(withCrc: false));
            Assert.Equal(cell.Hash, Cell.FromBase64(expected.Text("boc")).Hash);
        }

        if (!expected.IsNull("boc_crc"))
            Assert.Equal(expected.Text("boc_crc"), cell.ToBase64());
        if (!expected.IsNull("boc_idx"))
            Assert.Equal(expected.Text("boc_idx"), cell.ToBase64(withIndex: true, withCrc: false));
    }
}
