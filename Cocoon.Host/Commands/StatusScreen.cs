using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.Protocol.Money;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cocoon.Host.Commands;

/// <summary>Draws what nodes say of themselves.</summary>
internal static class StatusScreen
{
    private const int WorkersShown = 20;

    /// <summary>A panel for each node; on a narrow terminal workers have fewer columns.</summary>
    public static IRenderable Of(IReadOnlyList<JsonObject> nodes, int width) =>
        nodes.Count == 0 ? new Text("no node answers any more") : new Rows(nodes.Select(node => (IRenderable)PanelOf(node, width >= Screen.WideFrom)));

    private static Panel PanelOf(JsonObject node, bool wide)
    {
        string role = Text(node["role"]);
        List<IRenderable> parts = role switch
        {
            "proxy" => [.. ProxyParts(node, wide)],
            "worker" => [.. WorkerParts(node)],
            _ => [.. ClientParts(node)],
        };
        TimeSpan up = TimeSpan.FromSeconds(Number(node["upSeconds"]));
        string memory = (Number(node["memoryBytes"]) >> 20).ToString(CultureInfo.InvariantCulture);
        string title = $"{role} {Text(node["name"])}  ·  network {Text(node["network"])}  ·  up {Ago(up)}  ·  {memory} MiB";
        return new Panel(new Rows(parts)) { Header = new PanelHeader(Markup.Escape(title)), Border = BoxBorder.Rounded };
    }

    private static IEnumerable<IRenderable> ProxyParts(JsonObject node, bool wide)
    {
        JsonNode? jobs = node["jobs"];
        JsonNode? ledger = node["ledger"];
        yield return Lines(
            ("listens on", $"{string.Join(", ", Items(node["addresses"]).Select(Text))}{(Text(node["draining"]) == "true" ? "  (draining)" : "")}"),
            ("operator", Text(node["operator"])),
            ("links", $"{Count(node["links"]?["clients"], "client")}, {Count(node["links"]?["workers"], "worker")}"),
            ("jobs", $"{Text(jobs?["running"])} running, {Text(jobs?["waiting"])} waiting, {Text(jobs?["settled"])} settled, {Text(jobs?["retries"])} retries, {Text(jobs?["refused"])} refused{Reasons(jobs?["refusedByReason"])}"),
            ("owed", $"{Ton(ledger?["clientsNanoTon"])} to {Count(ledger?["accounts"], "client")} ({Ton(ledger?["reservedNanoTon"])} reserved), {Ton(ledger?["workersNanoTon"])} to workers; commission {Ton(ledger?["commissionNanoTon"])}"),
            ("journal", $"{Text(ledger?["events"])} events in {Text(ledger?["streams"])} streams{Silent(ledger)}; {Head(ledger?["longestStreamHead"])}; {Head(ledger?["treasuryHead"])}"),
            ("payouts", PayoutsOf(node["treasury"])));
        Table models = Screen.Table("model", "tier", "workers", "slots", "free", "running", "waiting", "price");
        foreach (JsonNode? model in Items(node["models"]))
            models.AddRow(Cells(model, "name", "tier", "workers", "slots", "slotsFree", "running", "waiting").Append($"{Number(model?["coefficientMin"]) / 10m:0.#} %").ToArray());
        yield return models;
        yield return wide ? WideWorkers(node) : NarrowWorkers(node);
        int more = Items(node["workers"]).Count() - WorkersShown;
        if (more > 0)
            yield return new Text($"and {more} more workers: --json has them all");
    }

    private static Table WideWorkers(JsonObject node)
    {
        Table workers = Screen.Table("worker", "state", "slots", "in flight", "running/max", "done", "failed", "success", "model", "prompt/s", "answer/s", "price");
        foreach ((JsonNode? worker, JsonNode? model, bool isFirst) in Served(node))
        {
            string[] left = isFirst
                ? [Short(worker?["worker"]), State(worker), Text(worker?["slots"]), Text(worker?["inFlight"]), Load(worker), Text(worker?["completed"]), Text(worker?["failed"]), Text(worker?["success"])]
                : ["", "", "", "", "", "", "", ""];
            workers.AddRow([.. left, Text(model?["name"]), Text(model?["promptTokensPerSecond"]), Text(model?["outputTokensPerSecond"]), $"{Number(model?["coefficient"]) / 10m:0.#} %"]);
        }

        return workers;
    }

    private static Table NarrowWorkers(JsonObject node)
    {
        Table workers = Screen.Table("worker", "state", "jobs", "done", "failed", "model", "answer/s");
        foreach ((JsonNode? worker, JsonNode? model, bool isFirst) in Served(node))
        {
            string[] left = isFirst ? [Short(worker?["worker"]), State(worker), Load(worker), Text(worker?["completed"]), Text(worker?["failed"])] : ["", "", "", "", ""];
            workers.AddRow([.. left, Text(model?["name"]), Text(model?["outputTokensPerSecond"])]);
        }

        return workers;
    }

    /// <summary>Each worker with each of its models.</summary>
    private static IEnumerable<(JsonNode? Worker, JsonNode? Model, bool IsFirst)> Served(JsonObject node) => Items(node["workers"])
        .Take(WorkersShown)
        .SelectMany(worker => Items(worker?["models"]).Select((model, index) => (worker, model, index == 0)));

    private static string Load(JsonNode? worker) => $"{Text(worker?["running"])}/{Text(worker?["runningMax"])}";

    private static string PayoutsOf(JsonNode? treasury)
    {
        if (treasury is null)
            return "no treasury";
        string today = treasury["dailyCapNanoTon"] is null
            ? ""
            : $"; {Ton(treasury["outflowTodayNanoTon"])} of {Ton(treasury["dailyCapNanoTon"])} today, {Ton(treasury["waitingForAnotherDayNanoTon"])} wait for another day";
        return $"{Text(treasury["state"])}: {Text(treasury["text"])}; {Ton(treasury["waitingNanoTon"])} in {Text(treasury["waiting"])} payouts wait{today}";
    }

    private static IEnumerable<IRenderable> WorkerParts(JsonObject node)
    {
        JsonNode? earnings = node["earnings"];
        yield return Lines(
            ("worker", Text(node["worker"])),
            ("state", node["problem"] is null ? "good" : $"idle: {Text(node["problem"])}"),
            ("jobs", $"{Text(node["jobs"]?["running"])} running of {Text(node["jobs"]?["slots"])} slots, {Text(node["jobs"]?["done"])} done since the start"),
            ("earned", $"{Ton(earnings?["sinceStartNanoTon"])} since the start, {Ton(earnings?["totalNanoTon"])} in all; {Text(earnings?["receipts"])} receipts{Refused(earnings)}{NotWritten(earnings?["problem"])}"),
            ("not paid", Unpaid(earnings)),
            ("models", string.Join(", ", Items(node["models"]).Select(model => $"{Text(model?["name"])} ({Text(model?["slots"])} slots, {Text(model?["contextTokens"])} tokens)"))));
        Table links = Screen.Table("proxy", "operator", "link", "last end");
        foreach (JsonNode? link in Items(node["links"]))
            links.AddRow(Text(link?["address"]), Short(link?["operator"]), Text(link?["connected"]) == "true" ? "connected" : "down", Text(link?["lastEnd"]));
        yield return links;
    }

    private static IEnumerable<IRenderable> ClientParts(JsonObject node)
    {
        JsonNode? balance = node["balance"];
        yield return Lines(
            ("gateway", Text(node["url"])),
            ("account", Text(node["account"])),
            ("operator", $"{Text(node["operator"])}{(Text(node["connected"]) == "true" ? "" : "  (not connected)")}"),
            ("balance", balance is null ? "not known now" : $"{Ton(balance["availableNanoTon"])} free, {Ton(balance["reservedNanoTon"])} reserved, {Ton(balance["spentNanoTon"])} spent; ceiling {Ton(balance["ceilingNanoTon"])}"),
            ("requests", $"{Text(node["jobs"]?["running"])} running, {Text(node["jobs"]?["answered"])} answered, {Text(node["jobs"]?["failed"])} failed{Reasons(node["jobs"]?["failedByReason"])}; {Ton(node["spentSinceStartNanoTon"])} since the start{Overbilled(node)}{NotWritten(node["receiptsProblem"])}"));
        Table models = Screen.Table("model", "workers", "slots", "running", "waiting");
        foreach (JsonNode? model in Items(node["models"]))
            models.AddRow(Cells(model, "name", "workers", "slots", "running", "waiting").ToArray());
        if (balance is not null)
            yield return models;
    }

    private static Grid Lines(params (string Name, string Value)[] lines)
    {
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach ((string name, string value) in lines)
            grid.AddRow(new Text(name), new Markup(value));
        return grid;
    }

    private static IEnumerable<JsonNode?> Items(JsonNode? array) => array as JsonArray ?? [];

    private static IEnumerable<string> Cells(JsonNode? node, params string[] names) => names.Select(name => Text(node?[name]));

    private static string State(JsonNode? worker) => Text(worker?["newcomer"]) == "true" ? $"{Text(worker?["state"])}, new" : Text(worker?["state"]);

    private static string Silent(JsonNode? ledger) => Number(ledger?["streamsSilent"]) is > 0 and long silent ? $" ({silent} silent)" : "";

    private static string Refused(JsonNode? earnings) => Number(earnings?["receiptsRefused"]) is > 0 and long refused ? $", {refused} that do not hold" : "";

    private static string Reasons(JsonNode? counts) => counts is JsonObject { Count: > 0 } reasons
        ? $" ({string.Join(", ", reasons.OrderByDescending(one => Number(one.Value)).Select(one => $"{Text(one.Value)} {Markup.Escape(one.Key)}"))})"
        : "";

    private static string NotWritten(JsonNode? problem) => problem is null ? "" : $"; receipts are not written: {Text(problem)}";

    private static string Overbilled(JsonObject node) =>
        Number(node["jobs"]?["billedAboveRecount"]) is > 0 and long count ? $"; {count} billed for more than was counted here" : "";

    private static string Unpaid(JsonNode? earnings)
    {
        IEnumerable<string> reasons = Items(earnings?["unpaidSinceStart"])
            .Select(one => $"{Ton(one?["nanoTon"])} of {Text(one?["jobs"])} jobs ({Text(one?["reason"])})");
        string missing = Number(earnings?["receiptsMissing"]) is > 0 and long count ? $"; {count} receipts to come" : "";
        return (reasons.Any() ? string.Join(", ", reasons) : "nothing since the start") + missing;
    }

    private static string Count(JsonNode? number, string what) => Number(number) == 1 ? $"1 {what}" : $"{Text(number)} {what}s";

    private static string Ago(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => $"{time.Seconds} s",
        { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds} s",
        { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes} min",
        _ => $"{time.Days} d {time.Hours} h",
    };

    private static string Head(JsonNode? head) => head is null ? "no head" : $"{Text(head["stream"])} at {Text(head["sequence"])} ({Short(head["chain"])})";

    private static string Short(JsonNode? key) => Text(key) is { Length: > 12 } text ? text[..12] : Text(key);

    private static string Ton(JsonNode? nano) => nano is null ? "?" : new NanoTon(Number(nano)).ToString();

    private static long Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out long number) ? number : 0;

    private static string Text(JsonNode? node) => node is null ? "" : Markup.Escape(node is JsonValue value && value.TryGetValue(out string? text) ? text : node.ToJsonString());
}
