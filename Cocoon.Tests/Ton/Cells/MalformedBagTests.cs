using Cocoon.Ton.Cells;

namespace Cocoon.Tests.Ton.Cells;

/// <summary>
/// Malformed bags of each kind that the reference node refuses, beyond those of the vectors: written from the format's description, one fault
/// each, in an otherwise right bag.
/// </summary>
public sealed class MalformedBagTests
{
    private const string Hash = "1111111111111111111111111111111111111111111111111111111111111111";
    private const string Leaf = "0002bb";

    [Theory]
    [InlineData("an unknown exotic type", BocError.InvalidCell, "080200")]
    [InlineData("the exotic type 255", BocError.InvalidCell, "0802ff")]
    [InlineData("a pruned branch without its hash", BocError.InvalidCell, "28040101")]
    [InlineData("a pruned branch with a hash too many", BocError.InvalidCell, "288c0101" + Hash + Hash + "00000000")]
    [InlineData("a pruned branch of mask 8", BocError.InvalidCell, "28480108" + Hash + "0000")]
    [InlineData("a pruned branch that refers", BocError.InvalidCell, "29480101" + Hash + "000001", Leaf)]
    [InlineData("a pruned branch whose descriptor has another mask", BocError.LevelMismatch, "48480101" + Hash + "0000")]
    [InlineData("a library that is too short", BocError.InvalidCell, "083e02111111111111111111111111111111111111111111111111111111111111")]
    [InlineData("a library that refers", BocError.InvalidCell, "094202" + Hash + "01", Leaf)]
    [InlineData("a Merkle proof of nothing", BocError.InvalidCell, "084603" + Hash + "0000")]
    [InlineData("a Merkle proof of another cell", BocError.InvalidCell, "094603" + Hash + "000001", Leaf)]
    [InlineData("a Merkle proof that is too long", BocError.InvalidCell, "094803" + Hash + "00000001", Leaf)]
    [InlineData("a Merkle update of one cell", BocError.InvalidCell, "098a04" + Hash + Hash + "0000000001", Leaf)]
    [InlineData("a Merkle update of other cells", BocError.InvalidCell, "0a8a04" + Hash + Hash + "000000000101", Leaf)]
    [InlineData("an ordinary cell that claims a level", BocError.LevelMismatch, "e002bb")]
    [InlineData("six references", BocError.InvalidDescriptor, "0602bb010101010101", Leaf)]
    [InlineData("data that ends without its mark, padded", BocError.InvalidPadding, "0003bb80")]
    [InlineData("data that ends without its mark, empty", BocError.InvalidPadding, "0003bb00")]
    [InlineData("data beyond the bag", BocError.Truncated, "00febb")]
    [InlineData("a stored hash that is cut", BocError.Truncated, "1002" + Hash)]
    [InlineData("a reference to itself below the root", BocError.InvalidReference, "0102aa01", "0102bb01")]
    [InlineData("a reference back to the root", BocError.InvalidReference, "0102aa01", "0102bb00")]
    [InlineData("a reference past the end", BocError.InvalidReference, "0102aa02", Leaf)]
    public void MalformedCellsAreRefused(string fault, BocError reason, params string[] cells)
    {
        byte[] boc = Convert.FromHexString($"b5ee9c720101{cells.Length:x2}0100{cells.Sum(cell => cell.Length / 2):x2}00{string.Concat(cells)}");
        AssertRefused(fault, reason, boc);
    }

    [Theory]
    [InlineData("a wrong stored depth", BocError.StoredHashMismatch, "b5ee9c7201010201002900" + "0102aa01" + "1002HASH0001bb")]
    [InlineData("a checksum that is missing", BocError.Truncated, "b5ee9c724101" + "0101000300" + Leaf)]
    [InlineData("a checksum that is cut", BocError.Truncated, "b5ee9c724101" + "0101000300" + Leaf + "d5")]
    [InlineData("an index that is missing", BocError.Truncated, "b5ee9c728101" + "0101000300")]
    [InlineData("an index that counts from the bag's start", BocError.InvalidIndex, "b5ee9c728101" + "0101000300" + "0f" + Leaf)]
    [InlineData("cells shorter than they are said to be", BocError.Truncated, "b5ee9c720101" + "0101000400" + Leaf)]
    [InlineData("cells longer than they are said to be", BocError.TrailingBytes, "b5ee9c720101" + "0101000200" + Leaf)]
    [InlineData("a root twice as far as there are cells", BocError.InvalidRoot, "b5ee9c720101" + "0101000302" + Leaf)]
    [InlineData("the legacy magic with two roots", BocError.InvalidCounts, "68ff65f30101" + "010200" + "03" + "03" + Leaf)]
    [InlineData("the legacy magic, cut", BocError.Truncated, "acc3a7280101" + "0101")]
    public void MalformedBagsAreRefused(string fault, BocError reason, string hex)
    {
        // The right hash of the leaf, with a wrong depth behind it.
        string hash = CellBuilder.BeginCell().StoreUInt(0xbb, 8).EndCell().Hash.ToString();
        AssertRefused(fault, reason, Convert.FromHexString(hex.Replace("HASH", hash, StringComparison.Ordinal)));
    }

    private static void AssertRefused(string fault, BocError reason, byte[] boc)
    {
        BocException refused = Assert.Throws<BocException>(() => { BagOfCells.Parse(boc); });
        Assert.True(reason == refused.Reason, $"{fault}: {refused.Reason}, {refused.Message}");
    }
}
