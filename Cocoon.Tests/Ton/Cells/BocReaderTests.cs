using System.Buffers.Binary;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Tests.Ton.Cells;

public sealed class BocReaderTests
{
    // Root aa -> leaf bb, no index, no checksum: magic, flags, offset size, counts 2 1 0, length 7, root 0, cells.
    private const string TwoCells = "b5ee9c7201010201000700" + "0102aa01" + "0002bb";
    private const string Header = "b5ee9c72";

    [Theory]
    [InlineData(BocError.InvalidSizes, Header + "0501" + "0000000002")]
    [InlineData(BocError.InvalidSizes, Header + "0701" + "0000000002")]
    [InlineData(BocError.InvalidSizes, Header + "0109" + "020100")]
    [InlineData(BocError.InvalidCounts, Header + "0101" + "010200" + "02" + "0000" + "0000")]
    [InlineData(BocError.InvalidCounts, "68ff65f30101" + "020200" + "07" + "0407" + "0102aa01" + "0002bb")]
    [InlineData(BocError.InvalidCounts, Header + "0101" + "030100" + "07" + "00" + "0102aa01" + "0002bb")]
    [InlineData(BocError.AbsentCells, Header + "0101" + "020101" + "07" + "00" + "0102aa01" + "0002bb")]
    [InlineData(BocError.InvalidFlags, Header + "0901" + "020100" + "07" + "00" + "0102aa01" + "0002bb")]
    [InlineData(BocError.InvalidFlags, Header + "1101" + "020100" + "07" + "00" + "0102aa01" + "0002bb")]
    [InlineData(BocError.UnreachableCell, Header + "0101" + "030100" + "0a" + "00" + "0102aa01" + "0002bb" + "0002cc")]
    [InlineData(BocError.InvalidReference, Header + "0101" + "020101" + "08" + "00" + "0102aa01" + "0102bb00", true)]
    [InlineData(BocError.ChecksumMismatch, Header + "4101" + "020100" + "07" + "00" + "0102aa01" + "0002bb" + "00000000")]
    [InlineData(BocError.InvalidIndex, Header + "a101" + "020100" + "07" + "00" + "080c" + "0102aa01" + "0002bb")]
    [InlineData(BocError.TrailingBytes, Header + "0101" + "010100" + "06" + "00" + "0002bb" + "0002cc")]
    [InlineData(BocError.InvalidDescriptor, Header + "0101" + "010100" + "02" + "00" + "0700")]
    [InlineData(BocError.InvalidPadding, Header + "0101" + "010100" + "03" + "00" + "000180")]
    [InlineData(BocError.InvalidCell, Header + "0101" + "010100" + "03" + "00" + "080205")]
    [InlineData(BocError.InvalidCell, Header + "0101" + "010100" + "04" + "00" + "28040100")]
    [InlineData(BocError.InvalidCell, Header + "0101" + "010100" + "04" + "00" + "08040200")]
    public void MalformedBagsAreRefusedForTheRightReason(BocError reason, string hex, bool declaresAbsent = false)
    {
        byte[] boc = Convert.FromHexString(hex);
        if (declaresAbsent)
            boc[8] = 0;
        BocException refusal = Assert.Throws<BocException>(() => { BagOfCells.Parse(boc); });
        Assert.Equal(reason, refusal.Reason);
    }

    [Fact]
    public void EveryPrefixOfAValidBagIsRefused()
    {
        byte[] boc = RandomCells.Tree(new Random(5)).ToBoc(withIndex: true);
        Cell.FromBoc(boc);
        for (int length = 0; length < boc.Length; length++)
            Assert.Throws<BocException>(() => { BagOfCells.Parse(boc.AsSpan(0, length)); });
        Assert.Throws<BocException>(() => { BagOfCells.Parse([.. boc, 0]); });
    }

    [Fact]
    public void EveryFlippedBitOfACheckedBagIsRefused()
    {
        byte[] boc = RandomCells.Tree(new Random(6), 8).ToBoc();
        for (int bit = 0; bit < boc.Length * 8; bit++)
        {
            boc[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<BocException>(() => { BagOfCells.Parse(boc); });
            boc[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void AProofOfAnotherTreeIsRefused()
    {
        Cell child = CellBuilder.BeginCell().StoreUInt(1, 8).EndCell();
        byte[] boc = CellBuilder.BeginCell().StoreUInt(3, 8).StoreBits256(child.Hash).StoreUInt(0, 16).StoreRef(child).EndExoticCell()
            .ToBoc(withCrc: false);
        boc[20] ^= 1;
        Assert.Equal(BocError.InvalidCell, Assert.Throws<BocException>(() => { BagOfCells.Parse(boc); }).Reason);
    }

    [Fact]
    public void ATreeDeeperThan1024IsRefused()
    {
        const int count = 1_026;
        byte[] boc = new byte[16 + (count * 4) - 2];
        Convert.FromHexString("b5ee9c720202").CopyTo(boc, 0);
        BinaryPrimitives.WriteUInt16BigEndian(boc.AsSpan(6), count);
        BinaryPrimitives.WriteUInt16BigEndian(boc.AsSpan(8), 1);
        BinaryPrimitives.WriteUInt16BigEndian(boc.AsSpan(12), (count * 4) - 2);
        for (int index = 0; index < count - 1; index++)
        {
            boc[16 + (4 * index)] = 1;
            BinaryPrimitives.WriteUInt16BigEndian(boc.AsSpan(16 + (4 * index) + 2), (ushort)(index + 1));
        }

        Assert.Equal(BocError.InvalidCell, Assert.Throws<BocException>(() => { BagOfCells.Parse(boc); }).Reason);
        Cell deepest = Cell.Empty;
        for (int depth = 0; depth < Cell.MaxDepth; depth++)
            deepest = CellBuilder.BeginCell().StoreRef(deepest).EndCell();
        Assert.Equal(Cell.MaxDepth, Cell.FromBoc(deepest.ToBoc()).Depth);
        Assert.Throws<TonFormatException>(() => CellBuilder.BeginCell().StoreRef(deepest).EndCell());
    }

    [Fact]
    public void LimitsAreEnforced()
    {
        byte[] boc = Convert.FromHexString(TwoCells);
        Assert.Equal(1, BagOfCells.Parse(boc)[0].Depth);
        Assert.Equal(BocError.TooLarge, Refusal(boc, BocLimits.Default with { BytesMax = boc.Length - 1 }));
        Assert.Equal(BocError.TooManyCells, Refusal(boc, BocLimits.Default with { CellsMax = 1 }));
        Assert.Equal(BocError.InvalidCell, Refusal(boc, BocLimits.Default with { DepthMax = 0 }));
        Assert.Equal(BocError.NotBase64, Assert.Throws<BocException>(() => Cell.FromBase64("te6cc*==")).Reason);
    }

    [Fact]
    public void ABagWithTwoRootsIsNotACell()
    {
        byte[] boc = Convert.FromHexString("b5ee9c720101" + "020200" + "07" + "0001" + "0102aa01" + "0002bb");
        Assert.Equal(2, BagOfCells.Parse(boc).Length);
        Assert.Equal(BocError.NotOneRoot, Assert.Throws<BocException>(() => Cell.FromBoc(boc)).Reason);
    }

    [Fact]
    public void ADictionaryThatSharesBranchesCannotExplode()
    {
        // 40 forks whose branches are the same cell stand for 2^40 entries.
        Cell node = CellBuilder.BeginCell().StoreUInt(0, 2).StoreUInt(7, 8).EndCell();
        for (int depth = 0; depth < 40; depth++)
            node = CellBuilder.BeginCell().StoreUInt(0, 2).StoreRef(node).StoreRef(node).EndCell();
        Assert.Throws<TonFormatException>(
            () => HashmapE<ulong, ulong>.Load(node, DictionaryKeys.UInt(40), DictionaryValues.UInt(8), entriesMax: 1_000));
    }

    [Fact]
    public void ADictionaryOfPrunedBranchesCannotExplode()
    {
        Cell node = CellBuilder.BeginCell().StoreUInt(2, 8).StoreBytes(new byte[32]).EndExoticCell();
        for (int depth = 0; depth < 40; depth++)
            node = CellBuilder.BeginCell().StoreUInt(0, 2).StoreRef(node).StoreRef(node).EndCell();
        Assert.Throws<TonFormatException>(
            () => HashmapE<ulong, ulong>.Load(node, DictionaryKeys.UInt(60), DictionaryValues.UInt(8), entriesMax: 1_000));
    }

    [Fact]
    public void ATooLongLabelIsRefused()
    {
        Cell root = CellBuilder.BeginCell().StoreUInt(0b110, 3).StoreUInt(9, 4).StoreUInt(1, 8).EndCell();
        Assert.Throws<TonFormatException>(() => HashmapE<ulong, ulong>.Load(root, DictionaryKeys.UInt(8), DictionaryValues.UInt(8)));
    }

    private static BocError Refusal(byte[] boc, BocLimits limits) =>
        Assert.Throws<BocException>(() => { BagOfCells.Parse(boc, limits); }).Reason;
}
