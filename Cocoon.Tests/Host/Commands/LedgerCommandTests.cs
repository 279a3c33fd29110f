using System.Text.Json;
using Cocoon.Host.Storage;
using Cocoon.Tests.Network;
using Cocoon.Tests.Storage;
using Microsoft.Data.Sqlite;

namespace Cocoon.Tests.Host.Commands;

/// <summary>The ledger's commands as an operator types them, as processes.</summary>
public sealed class LedgerCommandTests : IDisposable
{
    private const string Account = "4f1c2b3a4f1c2b3a4f1c2b3a4f1c2b3a4f1c2b3a4f1c2b3a4f1c2b3a4f1c2b3a";
    private readonly TemporaryFolder folder = new();

    private string Ledger => folder.File("cocoon.db");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Credit_makes_a_ledger_and_verify_and_export_read_it()
    {
        Assert.Equal(2, (await RunAsync("ledger", "credit", Account, "2.5", "--file", Ledger)).Code);
        await CreditAsync("2.5", "first");
        await CreditAsync("2.5", "first");
        await CreditAsync("0.000000001", "second");

        (int code, string output) = await RunAsync("ledger", "verify", "--file", Ledger, "--json");
        JsonElement report = LastObject(output);
        Assert.Equal(0, code);
        Assert.True(report.GetProperty("balanced").GetBoolean());
        Assert.Equal(2_500_000_001, report.GetProperty("booksNanoTon").GetProperty("client").GetInt64());
        Assert.Equal(-2_500_000_001, report.GetProperty("booksNanoTon").GetProperty("operatorFunding").GetInt64());

        (code, output) = await RunAsync("ledger", "export", "--file", Ledger);
        Assert.Equal(0, code);
        Assert.Equal(2, output.Split('\n').Count(line => line.Contains($"OperatorCredited,client/{Account}", StringComparison.Ordinal)));
        (code, output) = await RunAsync("ledger", "export", "--file", Ledger, "--format", "jsonl");
        Assert.Equal(0, code);
        Assert.Contains(output.Split('\n'), line => line.StartsWith('{') && Object(line).GetProperty("postings").GetArrayLength() == 2);
    }

    [Theory]
    [InlineData("UPDATE journal SET mac = zeroblob(32) WHERE position = 2", "MAC")]
    [InlineData("UPDATE journal SET body = X'00' || substr(body, 2) WHERE position = 2", "chain")]
    [InlineData("UPDATE journal SET chain = zeroblob(32) WHERE position = 2", "chain")]
    [InlineData("DELETE FROM journal WHERE position = 1", "event")]
    public async Task Verify_names_the_stream_and_event_that_were_tampered_with(string tampering, string expected)
    {
        await CreditAsync("1", "first");
        await CreditAsync("1", "second");
        Tamper(tampering);
        (int code, string output) = await RunAsync("ledger", "verify", "--file", Ledger, "--json");
        JsonElement report = LastObject(output);
        Assert.Equal(1, code);
        Assert.False(report.GetProperty("balanced").GetBoolean());
        string problem = report.GetProperty("problems")[0].GetString()!;
        Assert.StartsWith("shard/", problem, StringComparison.Ordinal);
        Assert.Contains(expected, problem, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task What_does_not_verify_is_neither_exported_nor_continued()
    {
        await CreditAsync("1", "first");
        Tamper("UPDATE journal SET mac = zeroblob(32) WHERE position = 1");
        (int code, string output) = await RunAsync("ledger", "export", "--file", Ledger);
        Assert.Equal(1, code);
        Assert.Contains("shard/", output, StringComparison.Ordinal);
        (code, output) = await RunAsync("ledger", "credit", Account, "1", "--file", Ledger);
        Assert.Equal((2, true), (code, output.Contains("Run 'cocoon ledger verify'", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Mistakes_are_answered_with_what_to_do()
    {
        await CreditAsync("1", "first");
        Assert.Contains("at most nine decimals", (await RunAsync("ledger", "credit", Account, "0.0000000001", "--file", Ledger)).Output, StringComparison.Ordinal);
        Assert.Contains("64 hexadecimal digits", (await RunAsync("ledger", "credit", "abc", "1", "--file", Ledger)).Output, StringComparison.Ordinal);
        (int code, string output) = await RunAsync("ledger", "verify", "--file", folder.File("nothing.db"));
        Assert.Equal((2, true), (code, output.Contains("there is no", StringComparison.Ordinal)));
        File.WriteAllText(folder.File("other.key"), new string('7', 64));
        (code, output) = await RunAsync("ledger", "verify", "--file", Ledger, "--ledger-key", folder.File("other.key"), "--json");
        Assert.Equal((1, true), (code, output.Contains("MAC", StringComparison.Ordinal)));

        // A running node holds the file: reading goes on beside it, writing does not.
        await using SqliteJournal held = SqliteJournal.Open(new SqliteOptions(Ledger, "test", 4));
        (code, output) = await RunAsync("ledger", "credit", Account, "1", "--file", Ledger);
        Assert.Equal((2, true), (code, output.Contains("in use by another process", StringComparison.Ordinal)));
        Assert.Equal(0, (await RunAsync("ledger", "verify", "--file", Ledger)).Code);
    }

    private async Task CreditAsync(string amount, string reference)
    {
        (int code, string output) = await RunAsync(
            "ledger", "credit", Account, amount, "--file", Ledger, "--network", "test", "--shards", "4", "--reference", reference, "--json");
        Assert.True(code == 0, output);
        Assert.Equal(Account, LastObject(output).GetProperty("account").GetString());
    }

    private Task<(int Code, string Output)> RunAsync(params string[] arguments) => CocoonProcess.RunAsync(folder.Path, arguments);

    private void Tamper(string sql)
    {
        using SqliteConnection connection = new($"Data Source={Ledger};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private static JsonElement LastObject(string output) => Object(output.Split('\n').Last(line => line.StartsWith('{')));

    private static JsonElement Object(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
