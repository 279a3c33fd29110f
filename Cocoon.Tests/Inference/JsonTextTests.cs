using System.Text;
using System.Text.Json;
using Cocoon.Inference;

namespace Cocoon.Tests.Inference;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("""["a"]""", "a")]
    [InlineData("""["\ud83d\ude00 \uD83D\uDE00"]""", "😀 😀")]
    [InlineData("""["a\ud83d"]""", "a\uFFFD")]
    [InlineData("""["\ude00b"]""", "\uFFFDb")]
    [InlineData("""["\ud83d\ud83d\ude00"]""", "\uFFFD😀")]
    [InlineData("""["\ud83d\n\ude00"]""", "\uFFFD\n\uFFFD")]
    [InlineData("""["\\ud83d"]""", "\\ud83d")]
    [InlineData("""["\\\ud83d"]""", "\\\uFFFD")]
    [InlineData("""["\ud83d\\ude00"]""", "\uFFFD\\ude00")]
    [InlineData("""["\uD83Dx\"\u00e9"]""", "\uFFFDx\"é")]
    public void Half_characters_become_replacements(string json, string text)
    {
        using JsonDocument document = JsonDocument.Parse(JsonText.Repair(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(text, document.RootElement[0].GetString());
    }

    [Fact]
    public void Bytes_that_are_no_utf8_become_replacements()
    {
        byte[] json = [.. "[\"a"u8, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80, .. "\\ud83d\"]"u8];
        using JsonDocument document = JsonDocument.Parse(JsonText.Repair(json));
        Assert.Matches("^a\uFFFD\uFFFD\\(\uFFFD+$", document.RootElement[0].GetString()!);
    }

    [Fact]
    public void What_is_well_formed_is_not_copied()
    {
        ReadOnlyMemory<byte> json = """{"a":"\ud83d\ude00\\\"é"}"""u8.ToArray();
        Assert.True(json.Equals(JsonText.Repair(json)));
    }

    [Fact]
    public void Random_bytes_never_make_it_throw_and_are_stable()
    {
        Random random = new(2);
        const string Alphabet = "\\ud8Dc0e\"\u00e9\u0080";
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = [.. Enumerable.Range(0, random.Next(24)).Select(_ => (byte)Alphabet[random.Next(Alphabet.Length)])];
            byte[] once = JsonText.Repair(bytes).ToArray();
            Assert.Equal(once, JsonText.Repair(once).ToArray());
        }
    }
}
