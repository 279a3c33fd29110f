using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Proxy;
using Cocoon.Actors.Worker;
using Cocoon.Client;
using Cocoon.Host.Gateway;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Identity;

namespace Cocoon.Host.Status;

/// <summary>What each kind of node says of itself, as <c>cocoon status --json</c> shows it.</summary>
internal static class NodeStatus
{
    private static readonly TimeSpan BalancePatience = TimeSpan.FromSeconds(1);

    public static JsonObject OfProxy(string name, ProxyHost proxy, NetworkSurvey survey, JsonObject? treasury = null)
    {
        ProxySetup setup = proxy.Setup;
        JsonObject status = Head("proxy", name, setup.Network);
        status["operator"] = setup.Operator.PublicKey.ToString();
        status["node"] = setup.Node.PublicKey.ToString();
        status["listen"] = proxy.ToString();
        status["draining"] = survey.Draining;
        status["links"] = new JsonObject { ["clients"] = survey.ClientLinks, ["workers"] = survey.Fleet.Workers.Count };
        status["jobs"] = new JsonObject
        {
            ["running"] = survey.Fleet.Counts.InFlight,
            ["waiting"] = survey.Fleet.Models.Sum(model => model.Waiting),
            ["settled"] = survey.JobsSettled,
            ["retries"] = survey.Fleet.Counts.Retries,
            ["hedges"] = survey.Fleet.Counts.Hedges,
            ["refused"] = survey.Refused.Values.Sum(),
            ["refusedByReason"] = ByReason(survey.Refused.Select(one => (JsonNamingPolicy.KebabCaseLower.ConvertName(one.Key.ToString()), one.Value))),
            ["reclaimed"] = survey.Fleet.Counts.Reclaimed,
        };
        status["models"] = new JsonArray([.. survey.Fleet.Models.Select(ModelOf)]);
        status["workers"] = new JsonArray([.. survey.Fleet.Workers.Select(WorkerOf)]);
        status["ledger"] = LedgerOf(survey, setup.Shards);
        status["addresses"] = new JsonArray([.. proxy.Addresses.Select(address => (JsonNode)address.ToString())]);
        status["treasury"] = treasury?.DeepClone();
        return status;
    }

    public static JsonObject OfWorker(string name, string network, string key, WorkerStatus worker, EarningsFolder? earnings)
    {
        JsonObject status = Head("worker", name, network);
        status["worker"] = key;
        status["problem"] = worker.Problem.Length == 0 ? null : worker.Problem;
        status["jobs"] = new JsonObject { ["running"] = worker.Running, ["slots"] = worker.Capacity, ["done"] = worker.JobsDone };
        status["models"] = new JsonArray([.. worker.Models.Select(model => (JsonNode)new JsonObject
        {
            ["name"] = model.Name,
            ["contextTokens"] = model.ContextTokens,
            ["slots"] = model.MaxConcurrent,
        })]);
        status["links"] = new JsonArray([.. worker.Proxies.Select(proxy => (JsonNode)new JsonObject
        {
            ["address"] = proxy.Address,
            ["operator"] = proxy.Operator.ToString(),
            ["connected"] = proxy.Connected,
            ["lastEnd"] = proxy.LastEnd.Length == 0 ? null : proxy.LastEnd,
        })]);
        status["earnings"] = new JsonObject
        {
            ["receipts"] = worker.ReceiptsKept,
            ["receiptsRefused"] = worker.ReceiptsRefused,
            ["receiptsMissing"] = worker.ReceiptsMissing,
            ["unpaidSinceStart"] = UnpaidJob.ToJson(worker.Unpaid),
            ["sinceStartNanoTon"] = earnings?.EarnedSinceStart.Value,
            ["totalNanoTon"] = earnings is null ? null : (earnings.EarnedBefore + earnings.EarnedSinceStart).Value,
            ["problem"] = earnings?.Problem,
        };
        return status;
    }

    public static async Task<JsonObject> OfClientAsync(
        string name, string network, string account, string operators, IJobClient client, GatewayServer gateway, string? receiptsProblem)
    {
        JsonObject status = Head("client", name, network);
        status["account"] = account;
        status["operator"] = operators;
        status["url"] = $"{gateway.Url}v1";
        GatewayCounters counters = gateway.Counters;
        IReadOnlyDictionary<string, long> failed = counters.Failed;
        status["jobs"] = new JsonObject
        {
            ["running"] = counters.Running,
            ["answered"] = counters.Answered,
            ["failed"] = failed.Values.Sum(),
            ["failedByReason"] = ByReason(failed.Select(one => (one.Key, one.Value))),
            ["billedAboveRecount"] = counters.Exceeded,
        };
        status["spentSinceStartNanoTon"] = counters.CostNanoTon;
        status["receiptsProblem"] = receiptsProblem;
        try
        {
            using CancellationTokenSource limit = new(BalancePatience);
            BalanceInfo balance = await client.GetBalanceAsync(limit.Token);
            status["connected"] = true;
            status["balance"] = new JsonObject
            {
                ["availableNanoTon"] = balance.Available.Value,
                ["reservedNanoTon"] = balance.Reserved.Value,
                ["spentNanoTon"] = balance.Spent.Value,
                ["ceilingNanoTon"] = balance.Ceiling.Value,
            };
            IReadOnlyList<ModelInfo> models = await client.GetModelsAsync(limit.Token);
            status["models"] = new JsonArray([.. models.Select(model => (JsonNode)new JsonObject
            {
                ["name"] = model.Name,
                ["workers"] = model.Workers,
                ["slots"] = model.Slots,
                ["running"] = model.Running,
                ["waiting"] = model.Waiting,
            })]);
        }
        catch (Exception absent) when (absent is OperationCanceledException or JobException or TimeoutException)
        {
            status["connected"] = false;
        }

        return status;
    }

    private static JsonObject Head(string role, string name, string network) => new()
    {
        ["role"] = role,
        ["name"] = name,
        ["network"] = network,
        ["networkId"] = NetworkId.Of(network).ToString(),
        ["process"] = Environment.ProcessId,
        ["upSeconds"] = (long)(DateTime.UtcNow - Process.GetCurrentProcess().StartTime.ToUniversalTime()).TotalSeconds,
        ["memoryBytes"] = Environment.WorkingSet,
    };

    private static JsonObject ByReason(IEnumerable<(string Reason, long Jobs)> counts) =>
        new(counts.Select(one => KeyValuePair.Create(one.Reason, (JsonNode?)one.Jobs)));

    private static JsonNode ModelOf(ModelView model) => new JsonObject
    {
        ["name"] = model.Name,
        ["tier"] = model.Tier.ToString().ToLowerInvariant(),
        ["workers"] = model.Workers,
        ["slots"] = model.Slots,
        ["slotsFree"] = model.SlotsFree,
        ["running"] = model.Running,
        ["waiting"] = model.Waiting,
        ["coefficientMin"] = model.CoefficientMin,
    };

    private static JsonNode WorkerOf(WorkerView worker) => new JsonObject
    {
        ["worker"] = worker.Worker.ToString(),
        ["owner"] = worker.Owner.ToString(),
        ["machine"] = worker.Machine,
        ["tier"] = worker.Tier.ToString().ToLowerInvariant(),
        ["state"] = worker.Draining ? "draining" : worker.Breaker == Actors.Routing.BreakerState.Closed ? "good" : $"breaker {worker.Breaker.ToString().ToLowerInvariant()}",
        ["newcomer"] = worker.Newcomer,
        ["slots"] = worker.SlotsHeld,
        ["inFlight"] = worker.InFlight,
        ["running"] = worker.Running,
        ["runningMax"] = worker.RunningMax,
        ["completed"] = worker.Completed,
        ["failed"] = worker.Failed,
        ["success"] = Math.Round(worker.Success, 3),
        ["models"] = new JsonArray([.. worker.Models.Select(model => (JsonNode)new JsonObject
        {
            ["name"] = model.Name,
            ["coefficient"] = model.Coefficient,
            ["promptTokensPerSecond"] = PerSecond(model.PromptSecondsPerToken),
            ["outputTokensPerSecond"] = PerSecond(model.OutputSecondsPerToken),
        })]),
    };

    private static double PerSecond(double secondsPerToken) => secondsPerToken > 0 ? Math.Round(1 / secondsPerToken, 1) : 0;

    private static JsonObject LedgerOf(NetworkSurvey survey, int shards)
    {
        BooksAnswer? treasury = survey.Books.FirstOrDefault(books => books.Head.Stream.IsTreasury);
        BooksAnswer? newest = survey.Books.Where(books => !books.Head.Stream.IsTreasury).MaxBy(books => books.Head.Sequence);
        return new JsonObject
        {
            ["streams"] = survey.Books.Count,
            ["streamsSilent"] = survey.Silent,
            ["shards"] = shards,
            ["events"] = survey.Books.Sum(books => books.Head.Sequence),
            ["accounts"] = survey.Accounts,
            ["clientsNanoTon"] = survey.Sum(books => books.Clients).Value,
            ["workersNanoTon"] = survey.Sum(books => books.Workers).Value,
            ["commissionNanoTon"] = survey.Sum(books => books.Commission).Value,
            ["reservedNanoTon"] = survey.Reserved.Value,
            ["treasuryHead"] = treasury is null ? null : HeadOf(treasury),
            ["longestStreamHead"] = newest is null ? null : HeadOf(newest),
        };
    }

    private static JsonObject HeadOf(BooksAnswer books) => new()
    {
        ["stream"] = books.Head.Stream.ToString(),
        ["sequence"] = books.Head.Sequence,
        ["chain"] = books.Head.Chain.ToString(),
    };
}
