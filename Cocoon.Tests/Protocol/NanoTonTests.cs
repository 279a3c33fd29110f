using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Protocol;

public class NanoTonTests
{
    [Theory]
    [InlineData("1", 1_000_000_000)]
    [InlineData("0.25", 250_000_000)]
    [InlineData("-3.000000001", -3_000_000_001)]
    [InlineData("9223372036.854775807", long.MaxValue)]
    public void Reads_exact_decimals(string text, long nano)
    {
        Assert.True(NanoTon.TryParseTon(text, out NanoTon amount));
        Assert.Equal(nano, amount.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1e3")]
    [InlineData("1,000")]
    [InlineData("0.0000000001")]
    [InlineData("9223372036.854775808")]
    public void Refuses_what_is_not_an_exact_amount(string text) => Assert.False(NanoTon.TryParseTon(text, out _));

    [Fact]
    public void Never_wraps() => Assert.Throws<OverflowException>(() => new NanoTon(long.MaxValue) + new NanoTon(1));
}
