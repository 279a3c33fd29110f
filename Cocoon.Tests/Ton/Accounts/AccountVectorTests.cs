using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;

namespace Cocoon.Tests.Ton.Accounts;

/// <summary>Accounts in every state as the official JavaScript packages write them: <c>Cocoon.Tests/Vectors/ton-accounts.json</c>.</summary>
public sealed class AccountVectorTests
{
    [Fact]
    public void EveryAccountIsRead()
    {
        List<JsonElement> vectors = [.. AccountVectors.Root.GetProperty("accounts").EnumerateArray()];
        Assert.Equal(11, vectors.Count);
        foreach (JsonElement vector in vectors)
        {
            ShardAccount shard = ShardAccount.FromCell(Cell.FromBase64(vector.Text("boc")));
            Assert.Equal(vector.Text("hash"), shard.LastTransactionHash.ToString());
            Assert.Equal(vector.Text("lt"), shard.LastTransactionLt.ToString(CultureInfo.InvariantCulture));
            if (vector.IsNull("account"))
                Assert.Null(shard.Account);
            else
                AssertIs(vector.GetProperty("account"), Assert.IsType<Account>(shard.Account));
        }
    }

    [Fact]
    public void EveryCutOrAlteredAccountIsReadOrRefusedButNothingElse()
    {
        // Cells that end early, miss a reference or claim an unknown kind of storage are refused by the one exception for malformed cells.
        foreach (JsonElement vector in AccountVectors.Root.GetProperty("accounts").EnumerateArray())
        {
            Cell whole = Cell.FromBase64(vector.Text("boc"));
            Cell account = whole.BeginParse().LoadRef();
            for (int bits = 0; bits < account.BitLength; bits++)
            {
                Slice source = account.BeginParse();
                CellBuilder cut = CellBuilder.BeginCell();
                for (int bit = 0; bit < bits; bit++)
                    cut.StoreBit(source.LoadBit());
                Assert.ThrowsAny<TonFormatException>(() => Account.FromCell(cut.EndCell()));
            }

            Assert.ThrowsAny<TonFormatException>(() => ShardAccount.FromCell(CellBuilder.BeginCell().StoreRef(account).EndCell()));
            Assert.ThrowsAny<TonFormatException>(() => ShardAccount.FromCell(account));
        }
    }

    private static void AssertIs(JsonElement expected, Account account)
    {
        Assert.Equal(expected.Text("address"), account.Address.ToRawString());
        Assert.Equal(expected.Text("nano"), account.Balance.Coins.Nano.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(expected.Text("state"), account.Status switch
        {
            AccountStatus.Active => "active",
            AccountStatus.Frozen => "frozen",
            _ => "uninit",
        });
        Assert.Equal(expected.Text("lastLt"), account.LastTransactionLt.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(expected.Text("cells"), account.UsedCells.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(expected.Text("bits"), account.UsedBits.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(expected.GetProperty("lastPaid").GetUInt32(), account.LastPaid);
        Assert.Equal(TextOrNull(expected, "due"), account.DuePayment?.Nano.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(TextOrNull(expected, "frozen"), account.FrozenHash?.ToString());
        Assert.Equal(TextOrNull(expected, "code"), account.State?.Code?.Hash.ToString());
        Assert.Equal(TextOrNull(expected, "data"), account.State?.Data?.Hash.ToString());
        Assert.Equal(
            expected.GetProperty("other").EnumerateArray().ToDictionary(
                pair => pair[0].GetUInt64(), pair => BigInteger.Parse(pair[1].GetString()!, CultureInfo.InvariantCulture)),
            account.Balance.Other?.ToDictionary(pair => pair.Key, pair => pair.Value) ?? []);
    }

    private static string? TextOrNull(JsonElement element, string name) => element.IsNull(name) ? null : element.Text(name);
}

/// <summary>Accounts and jetton bodies made with the official JavaScript packages.</summary>
internal static class AccountVectors
{
    private static readonly Lazy<JsonDocument> Document = new(() => JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(SharedVectors.RepositoryRoot, "Cocoon.Tests", "Vectors", "ton-accounts.json"))));

    public static JsonElement Root => Document.Value.RootElement;
}
