using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Tests.Ton;

public sealed class AddressVectorTests
{
    [Fact]
    public void EveryFormOfEveryAddressIsWrittenAndRead()
    {
        int forms = 0;
        foreach (JsonElement vector in TonVectors.Section("addresses", 27))
        {
            Address address = Address.ParseRaw(vector.Text("raw"));
            Assert.Equal(vector.GetProperty("workchain").GetInt32(), address.Workchain);
            Assert.Equal(vector.Text("hash"), address.Hash.ToString());
            Assert.Equal(vector.Text("raw"), address.ToRawString());
            foreach (JsonElement form in vector.GetProperty("forms").EnumerateArray())
            {
                bool bounceable = form.GetProperty("bounceable").GetBoolean();
                bool testOnly = form.GetProperty("testOnly").GetBoolean();
                Assert.Equal(form.Text("text"), address.ToString(bounceable, testOnly, form.GetProperty("urlSafe").GetBoolean()));
                Assert.Equal(new FriendlyAddress(address, bounceable, testOnly), Address.ParseFriendly(form.Text("text")));
                Assert.Equal(address, Address.Parse(form.Text("text")));
                forms++;
            }

            Cell cell = CellBuilder.BeginCell().StoreAddress(address).EndCell();
            if (vector.TryGetProperty("cell", out JsonElement expected))
                VectorCells.AssertIs(expected, cell);
            Assert.Equal(address, cell.BeginParse().LoadAddress());
        }

        Assert.True(forms >= 200, $"{forms} forms");
    }

    [Fact]
    public void EveryBadAddressIsRefused()
    {
        foreach (JsonElement vector in TonVectors.Section("addresses_reject", 13))
        {
            Assert.Throws<TonFormatException>(() => Address.Parse(vector.Text("text")));
            Assert.False(Address.TryParse(vector.Text("text"), out _), vector.Text("why"));
        }
    }
}
