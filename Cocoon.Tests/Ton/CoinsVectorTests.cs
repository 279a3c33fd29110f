using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Tests.Ton;

public sealed class CoinsVectorTests
{
    [Fact]
    public void EveryAmountIsWrittenAndReadBitForBit()
    {
        foreach (JsonElement vector in TonVectors.Section("coins", 10))
        {
            Coins coins = new(UInt128.Parse(vector.Text("value"), CultureInfo.InvariantCulture));
            Cell expected = VectorCells.StoreBits(CellBuilder.BeginCell(), vector.GetProperty("bits")).EndCell();
            Assert.Equal(expected, CellBuilder.BeginCell().StoreCoins(coins).EndCell());
            Assert.Equal(coins, expected.BeginParse().LoadCoins());
        }
    }

    [Fact]
    public void EveryImpossibleAmountIsRefused()
    {
        foreach (JsonElement vector in TonVectors.Section("coins_reject", 2))
        {
            BigInteger value = BigInteger.Parse(vector.GetString()!, CultureInfo.InvariantCulture);
            Assert.Throws<OverflowException>(() => new Coins(checked((UInt128)value)));
        }
    }

    [Fact]
    public void EveryDecimalIsReadAndWritten()
    {
        foreach (JsonElement vector in TonVectors.Section("coin_text", 5))
        {
            Coins coins = Coins.Parse(vector.Text("text"));
            Assert.Equal(vector.Text("nano"), coins.Nano.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(vector.Text("text"), coins.ToString());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("1,5")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1e9")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("0x10")]
    [InlineData("1.0000000001")]
    [InlineData("1.5.5")]
    [InlineData("1329227995784915872903807060.280344576")]
    [InlineData("1000000000000000000000000000000000000000000000000000")]
    public void OtherTextIsNoAmount(string text)
    {
        Assert.False(Coins.TryParse(text, Coins.TonDecimals, out _));
        Assert.Throws<TonFormatException>(() => Coins.Parse(text));
    }

    [Fact]
    public void JettonsHaveTheirOwnDecimals()
    {
        Assert.Equal((UInt128)1_500_000, Coins.Parse("1.5", 6).Nano);
        Assert.Equal("0.000001", new Coins(1).ToString(6));
        Assert.Equal("1", new Coins(1).ToString(0));
        Assert.Equal((UInt128)7, Coins.Parse("7", 0).Nano);
    }

    [Fact]
    public void ArithmeticNeverWrapsAround()
    {
        Assert.Throws<OverflowException>(() => Coins.Zero - Coins.FromNano(1));
        Assert.Throws<OverflowException>(() => Coins.MaxValue + Coins.FromNano(1));
        Assert.Throws<OverflowException>(() => Coins.FromNano(-1));
        Assert.Throws<OverflowException>(() => Coins.MaxValue.ToInt64());
        Assert.Equal(Coins.FromNano(5), Coins.FromNano(2) + Coins.FromNano(3));
    }
}
