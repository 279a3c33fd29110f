using System.Globalization;
using System.Text;
using System.Text.Json;
using Cocoon.Tests.Network;

namespace Cocoon.Tests.Gateway;

/// <summary>An API key as its owner uses it: made and changed by commands, spent at two gateways that are processes of their own.</summary>
public class KeyProcessTests
{
    private const long BudgetNanoTon = 60_000;
    private static readonly string Body =
        $$"""{"model":"{{KilledNetwork.Model}}","max_tokens":24,"messages":[{"role":"user","content":"Hello there"}]}""";

    [Fact]
    public async Task Two_gateways_spend_a_key_to_its_end_and_not_beyond()
    {
        await using KilledNetwork network = await KilledNetwork.StartAsync(1);
        (string File, Uri Url)[] gateways = await Task.WhenAll(network.StartGatewayAsync("g1"), network.StartGatewayAsync("g2"));
        string key = (await AskAsync(network, "key", "new", "--budget", "0.00006", "--label", "shop", "--config", gateways[0].File)).GetProperty("key").GetString()!;
        using HttpClient http = new();
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}");

        long[] spent = await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => SpendAsync(http, gateways[caller % 2].Url)));
        long sum = spent.Sum();
        Assert.InRange(sum, BudgetNanoTon / 2, BudgetNanoTon);
        JsonElement listed = await AskAsync(network, "key", "list", "--api", "--config", gateways[1].File);
        JsonElement purse = Assert.Single(listed.GetProperty("keys").EnumerateArray());
        Assert.Equal((sum, 0, BudgetNanoTon), (Number(purse, "spentNanoTon"), Number(purse, "reservedNanoTon"), Number(purse, "budgetNanoTon")));
        Assert.Equal(sum, await ExportedAsync(network, purse.GetProperty("id").GetString()!));

        (int status, JsonElement answer) = await PostAsync(http, gateways[0].Url);
        JsonElement error = answer.GetProperty("error");
        Assert.Equal((402, "insufficient_quota", "key_budget_reached"), (status, error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.Contains($"budget 0.00006 TON, spent {new Cocoon.Protocol.Money.NanoTon(sum)}", error.GetProperty("message").GetString(), StringComparison.Ordinal);

        // What one command changes holds at every gateway, without a restart.
        await AskAsync(network, "key", "change", key, "--budget", "1", "--models", "other", "--config", gateways[0].File);
        Assert.Equal((403, "model_not_allowed"), await RefusedAsync(http, gateways[1].Url));
        await AskAsync(network, "key", "change", key, "--models", "all", "--config", gateways[0].File);
        Assert.Equal(200, (await PostAsync(http, gateways[1].Url)).Status);
        await AskAsync(network, "key", "revoke", key, "--config", gateways[0].File);
        Assert.Equal((401, "invalid_api_key"), await RefusedAsync(http, gateways[1].Url));
    }

    /// <summary>Asks until the key is refused; what the answers cost.</summary>
    private static async Task<long> SpendAsync(HttpClient http, Uri gateway)
    {
        long spent = 0;
        while (true)
        {
            (int status, JsonElement answer) = await PostAsync(http, gateway);
            if (status != 200)
            {
                Assert.Equal((402, "key_budget_reached"), (status, answer.GetProperty("error").GetProperty("code").GetString()));
                return spent;
            }

            spent += Number(answer.GetProperty("usage"), "cost_nano_ton");
        }
    }

    /// <summary>What the ledger's own export says was paid from a purse.</summary>
    private static async Task<long> ExportedAsync(KilledNetwork network, string id)
    {
        string purse = ulong.Parse(id, NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        string lines = await network.RunAsync("ledger", "export", "--format", "jsonl", "--file", network.LedgerFile);
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event"))
            .Where(one => one.TryGetProperty("settlement", out JsonElement settlement) && settlement.GetProperty("purse").GetString() == purse)
            // A last instalment may have nothing left to pay, and then names no price.
            .Sum(one => one.GetProperty("settlement").TryGetProperty("price", out JsonElement price) ? long.Parse(price.GetString()!, CultureInfo.InvariantCulture) : 0);
    }

    private static async Task<JsonElement> AskAsync(KilledNetwork network, params string[] command)
        => JsonDocument.Parse(await network.RunAsync([.. command, "--json"])).RootElement;

    private static async Task<(int Status, string? Code)> RefusedAsync(HttpClient http, Uri gateway)
    {
        (int status, JsonElement answer) = await PostAsync(http, gateway);
        return (status, answer.GetProperty("error").GetProperty("code").GetString());
    }

    private static async Task<(int Status, JsonElement Answer)> PostAsync(HttpClient http, Uri gateway)
    {
        using StringContent body = new(Body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(new Uri(gateway, "/v1/chat/completions"), body, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement);
    }

    private static long Number(JsonElement parent, string name) => parent.GetProperty(name).GetInt64();
}
