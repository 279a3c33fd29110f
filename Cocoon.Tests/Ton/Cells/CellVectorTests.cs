using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Tests.Ton.Cells;

public sealed class CellVectorTests
{
    [Fact]
    public void ChecksumsAgree()
    {
        foreach (JsonElement vector in TonVectors.Section("crc", 15))
        {
            byte[] data = vector.Hex("in_hex");
            string actual = vector.Text("alg") switch
            {
                "crc16-xmodem" => $"{Crc.Crc16(data):x4}",
                "crc32c(le)" => Convert.ToHexStringLower(BitConverter.GetBytes(Crc.Crc32C(data))),
                string other => throw new InvalidDataException(other),
            };
            Assert.Equal(vector.Text("out_hex"), actual);
        }
    }

    [Fact]
    public void EveryCellHashesAndSerializesByteForByte()
    {
        foreach (JsonElement vector in TonVectors.Section("cells", 51))
            AssertCell(vector);
    }

    [Fact]
    public void EveryExoticCellHashesAndSerializesByteForByte()
    {
        foreach (JsonElement vector in TonVectors.Section("exotic", 4))
        {
            Cell cell = AssertCell(vector);
            Assert.Equal(vector.GetProperty("type").GetInt32(), (int)cell.Type);
            if (!vector.IsNull("hash_level0"))
            {
                Assert.Equal(vector.Text("hash_level0"), cell.HashAt(0).ToString());
                Assert.Equal(vector.GetProperty("depth_level0").GetInt32(), cell.DepthAt(0));
                Assert.Equal(cell.Hash, cell.HashAt(3));
            }
        }
    }

    [Fact]
    public void EveryLargeBagReadsAndSerializesByteForByte()
    {
        foreach (JsonElement vector in TonVectors.Section("cells_large", 3))
            VectorCells.AssertIs(vector, Cell.FromBase64(vector.Text("boc")));
    }

    [Fact]
    public void EveryVariantOfABagReads()
    {
        foreach (JsonElement vector in TonVectors.Section("boc_variants", 10))
        {
            string expected = string.Join(",", vector.GetProperty("root_hashes").EnumerateArray().Select(hash => hash.GetString()));
            Cell[] roots = BagOfCells.Parse(vector.Base64("boc"));
            Assert.Equal(expected, string.Join(",", roots.Select(root => root.Hash)));
        }
    }

    [Fact]
    public void EveryInvalidBagIsRefused()
    {
        foreach (JsonElement vector in TonVectors.Section("boc_invalid", 28))
        {
            BocException refusal = Assert.Throws<BocException>(() => { BagOfCells.Parse(vector.Base64("boc")); });
            Assert.NotEqual(BocError.NotBase64, refusal.Reason);
        }
    }

    [Fact]
    public void EveryDictionaryIsWrittenAndReadByteForByte()
    {
        foreach (JsonElement vector in TonVectors.Section("dicts", 27))
        {
            int keyBits = vector.GetProperty("key_bits").GetInt32();
            bool signed = vector.GetProperty("signed").GetBoolean();
            DictionaryKey<BigInteger> keys = signed ? DictionaryKeys.BigInt(keyBits) : DictionaryKeys.BigUInt(keyBits);
            DictionaryValue<ulong> values = DictionaryValues.UInt(vector.GetProperty("value_bits").GetInt32());
            HashmapE<BigInteger, ulong> dictionary = new(keys, values);
            SortedDictionary<BigInteger, ulong> expected = [];
            foreach (JsonElement entry in vector.GetProperty("entries").EnumerateArray())
            {
                BigInteger key = BigInteger.Parse(entry.Text("key"), CultureInfo.InvariantCulture);
                ulong value = ulong.Parse(entry.Text("value"), CultureInfo.InvariantCulture);
                dictionary[key] = value;
                expected[key] = value;
            }

            Cell cell = CellBuilder.BeginCell().StoreDict(dictionary).EndCell();
            VectorCells.AssertIs(vector.GetProperty("hashmap_e"), cell);
            VectorCells.AssertIs(vector.GetProperty("root"), dictionary.ToRoot()!);
            HashmapE<BigInteger, ulong> read = cell.BeginParse().LoadDict(keys, values);
            Assert.Equal(expected, read.OrderBy(pair => pair.Key));
        }
    }

    private static Cell AssertCell(JsonElement vector)
    {
        Cell cell = VectorCells.Build(vector.GetProperty("nodes"));
        VectorCells.AssertIs(vector, cell);
        Assert.Equal(vector.GetProperty("level").GetInt32(), cell.Level);
        Assert.Equal(vector.Text("boc_plain"), cell.ToBase64(withCrc: false));
        Assert.Equal(vector.Text("boc_crc"), cell.ToBase64());
        Assert.Equal(vector.Text("boc_idx"), cell.ToBase64(withIndex: true, withCrc: false));
        Assert.Equal(vector.Text("boc_idx_crc"), cell.ToBase64(withIndex: true));
        foreach (string form in (string[])["boc_plain", "boc_crc", "boc_idx", "boc_idx_crc"])
            Assert.Equal(cell.Hash, Cell.FromBase64(vector.Text(form)).Hash);
        return cell;
    }
}
