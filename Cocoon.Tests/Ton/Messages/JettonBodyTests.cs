using System.Globalization;
using System.Text.Json;
using Cocoon.Tests.Ton.Accounts;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Jettons;

namespace Cocoon.Tests.Ton.Messages;

/// <summary>Notification, burn and excesses (TEP-74) as the official JavaScript packages write them.</summary>
public sealed class JettonBodyTests
{
    private static readonly IReadOnlyList<JsonElement> Bodies = [.. AccountVectors.Root.GetProperty("jettons").EnumerateArray()];

    private static readonly Cell Custom = Cell.FromBase64(AccountVectors.Root.Text("custom"));

    [Fact]
    public void NotificationsAreReadWhereverTheirPayloadStandsAndWrittenWithAReference()
    {
        List<JsonElement> vectors = Of("notification", 4);
        foreach (JsonElement vector in vectors)
        {
            Cell body = Cell.FromBase64(vector.Text("boc"));
            Assert.True(JettonNotification.TryRead(body, out JettonNotification? read));
            Assert.Equal(vector.Text("payload"), read.ForwardPayload.Hash.ToString());
            Assert.Equal(new JettonNotification(Query(vector), Amount(vector), AddressOrNull(vector, "sender"), read.ForwardPayload), read);
            if (vector.GetProperty("inRef").GetBoolean())
                Assert.Equal(vector.Text("hash"), read.ToCell().Hash.ToString());
            Assert.True(JettonNotification.TryRead(read.ToCell(), out JettonNotification? again));
            Assert.Equal(read.ForwardPayload.Hash, again.ForwardPayload.Hash);
        }
    }

    [Fact]
    public void BurnsAreWrittenAndReadByteForByte()
    {
        foreach (JsonElement vector in Of("burn", 3))
        {
            JettonBurn burn = new(Query(vector), Amount(vector), AddressOrNull(vector, "response"), vector.IsNull("custom") ? null : Custom);
            Assert.Equal(vector.Text("hash"), burn.ToCell().Hash.ToString());
            Assert.True(JettonBurn.TryRead(Cell.FromBase64(vector.Text("boc")), out JettonBurn? read));
            Assert.Equal(vector.IsNull("custom") ? null : vector.Text("custom"), read.CustomPayload?.Hash.ToString());
            Assert.Equal(burn with { CustomPayload = null }, read with { CustomPayload = null });
        }
    }

    [Fact]
    public void ExcessesAreWrittenAndReadByteForByte()
    {
        foreach (JsonElement vector in Of("excesses", 3))
        {
            JettonExcesses excesses = new(Query(vector));
            Assert.Equal(vector.Text("hash"), excesses.ToCell().Hash.ToString());
            Assert.True(JettonExcesses.TryRead(Cell.FromBase64(vector.Text("boc")), out JettonExcesses? read));
            Assert.Equal(excesses, read);
        }
    }

    [Fact]
    public void ABodyOfAnotherKindOrCutOneIsNone()
    {
        foreach (JsonElement vector in Bodies)
        {
            Cell body = Cell.FromBase64(vector.Text("boc"));
            Assert.Equal(
                vector.Text("kind"),
                JettonNotification.TryRead(body, out _) ? "notification" : JettonBurn.TryRead(body, out _) ? "burn" : JettonExcesses.TryRead(body, out _) ? "excesses" : "");
            Assert.False(JettonTransfer.TryRead(body, out _));
            foreach (int bits in (int[])[0, 31, 32, 95])
            {
                Slice source = body.BeginParse();
                CellBuilder cut = CellBuilder.BeginCell();
                for (int bit = 0; bit < bits; bit++)
                    cut.StoreBit(source.LoadBit());
                Cell part = cut.EndCell();
                Assert.False(JettonNotification.TryRead(part, out _) || JettonBurn.TryRead(part, out _) || JettonExcesses.TryRead(part, out _));
            }
        }
    }

    private static List<JsonElement> Of(string kind, int count)
    {
        List<JsonElement> found = [.. Bodies.Where(body => string.Equals(body.Text("kind"), kind, StringComparison.Ordinal))];
        Assert.Equal(count, found.Count);
        return found;
    }

    private static ulong Query(JsonElement vector) => ulong.Parse(vector.Text("query"), CultureInfo.InvariantCulture);

    private static Coins Amount(JsonElement vector) => new(UInt128.Parse(vector.Text("amount"), CultureInfo.InvariantCulture));

    private static Address? AddressOrNull(JsonElement vector, string name) => vector.IsNull(name) ? null : Address.ParseRaw(vector.Text(name));
}
