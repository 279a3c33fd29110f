using System.Numerics;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Ton.Cells;

public sealed class CellProperties
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(300);

    [Fact]
    public void WhatIsWrittenAsABagIsReadAgain() => Check(seed =>
    {
        Cell cell = RandomCells.Tree(new Random(seed));
        foreach ((bool index, bool crc) in ((bool, bool)[])[(false, false), (false, true), (true, false), (true, true)])
        {
            byte[] boc = cell.ToBoc(index, crc);
            Cell read = Cell.FromBoc(boc);
            if (read.Hash != cell.Hash || read.Depth != cell.Depth || read.LevelMask != cell.LevelMask || !read.ToBoc(index, crc).AsSpan().SequenceEqual(boc))
                return false;
        }

        return true;
    });

    [Fact]
    public void ADictionaryHoldsWhatADictionaryHolds() => Check(seed =>
    {
        Random random = new(seed);
        int bits = 1 + random.Next(64);
        DictionaryKey<long> keys = DictionaryKeys.Int(bits);
        DictionaryValue<ulong> values = DictionaryValues.UInt(32);
        HashmapE<long, ulong> dictionary = new(keys, values);
        Dictionary<long, ulong> model = [];
        for (int step = random.Next(200); step > 0; step--)
        {
            long key = random.NextInt64() >> (64 - bits);
            if (random.Next(4) == 0)
                Assert.Equal(model.Remove(key), dictionary.Remove(key));
            else
                dictionary[key] = model[key] = (uint)random.Next();
        }

        Cell? root = dictionary.ToRoot();
        HashmapE<long, ulong> read = HashmapE<long, ulong>.Load(root, keys, values);
        HashmapE<long, ulong> shuffled = new(keys, values);
        foreach ((long key, ulong value) in model.OrderBy(_ => random.Next()))
            shuffled[key] = value;
        return read.Count == model.Count
            && read.All(entry => model[entry.Key] == entry.Value)
            && shuffled.ToRoot()?.Hash == root?.Hash;
    });

    [Fact]
    public void NumbersComeBackAsTheyWereStored() => Check(seed =>
    {
        Random random = new(seed);
        CellBuilder builder = CellBuilder.BeginCell();
        List<Action<Slice>> checks = [];
        while (builder.AvailableBits >= 257)
            checks.Add(StoreSomething(random, builder));
        Slice slice = builder.EndCell().BeginParse();
        foreach (Action<Slice> check in checks)
            check(slice);
        slice.EndParse();
        return true;
    });

    [Fact]
    public void EveryFormOfAnAddressIsTheSameAddress() => Check(seed =>
    {
        Random random = new(seed);
        byte[] hash = new byte[32];
        random.NextBytes(hash);
        Address address = new(-random.Next(2), new Bits256(hash));
        FriendlyAddress friendly = new(address, random.Next(2) == 0, random.Next(2) == 0);
        string urlSafe = address.ToString(friendly.IsBounceable, friendly.IsTestOnly);
        string standard = address.ToString(friendly.IsBounceable, friendly.IsTestOnly, urlSafe: false);
        char[] mistyped = urlSafe.ToCharArray();
        int place = random.Next(mistyped.Length);
        mistyped[place] = mistyped[place] == 'A' ? 'B' : 'A';
        return Address.Parse(address.ToRawString()) == address
            && Address.ParseFriendly(urlSafe) == friendly
            && Address.ParseFriendly(standard) == friendly
            && !Address.TryParse(new string(mistyped), out _);
    });

    [Fact]
    public void AnAmountAsTextIsTheSameAmount() => Check(seed =>
    {
        Random random = new(seed);
        UInt128 nano = (((UInt128)random.NextInt64() << 64) | (UInt128)random.NextInt64()) >> (8 + random.Next(110));
        int decimals = random.Next(20);
        Coins coins = new(nano);
        return Coins.Parse(coins.ToString(decimals), decimals) == coins;
    });

    private static Action<Slice> StoreSomething(Random random, CellBuilder builder)
    {
        int bits = 1 + random.Next(64);
        byte[] bytes = new byte[32];
        random.NextBytes(bytes);
        switch (random.Next(6))
        {
            case 0:
                ulong unsigned = (ulong)random.NextInt64() >> (64 - bits);
                builder.StoreUInt(unsigned, bits);
                return slice => Assert.Equal(unsigned, slice.LoadUInt(bits));
            case 1:
                long signed = (random.NextInt64() * 2) >> (64 - bits);
                builder.StoreInt(signed, bits);
                return slice => Assert.Equal(signed, slice.LoadInt(bits));
            case 2:
                BigInteger big = new BigInteger(bytes, isUnsigned: true) >> random.Next(256);
                builder.StoreUInt(big, 256);
                return slice => Assert.Equal(big, slice.LoadUIntBig(256));
            case 3:
                BigInteger negative = new(bytes);
                builder.StoreInt(negative, 257);
                return slice => Assert.Equal(negative, slice.LoadIntBig(257));
            case 4:
                builder.StoreBytes(bytes);
                return slice => Assert.Equal(bytes, slice.LoadBytes(32));
            default:
                Coins coins = new((UInt128)random.NextInt64() << random.Next(56));
                builder.StoreCoins(coins);
                return slice => Assert.Equal(coins, slice.LoadCoins());
        }
    }

    private static void Check(Func<int, bool> property) => Prop.ForAll(ArbMap.Default.ArbFor<int>(), property).Check(Runs);
}
