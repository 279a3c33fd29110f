using System.Text.Json;
using Cocoon.Client;
using Microsoft.AspNetCore.Http;

namespace Cocoon.Host.Gateway;

/// <summary>What can be read without a job: models with price and capacity, and the network.</summary>
internal sealed class GatewayPages(string networkName, IJobClient client)
{
    public async Task ModelsAsync(HttpContext context)
    {
        IReadOnlyList<ModelInfo> models = await client.GetModelsAsync(context.RequestAborted);
        await WriteAsync(context, json =>
        {
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            foreach (ModelInfo model in models)
            {
                json.WriteStartObject();
                WriteModel(json, model);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    public async Task ModelAsync(HttpContext context)
    {
        string? name = context.Request.RouteValues["name"] as string;
        IReadOnlyList<ModelInfo> models = await client.GetModelsAsync(context.RequestAborted);
        ModelInfo model = models.FirstOrDefault(model => model.Name == name)
            ?? throw new GatewayException(404, "model_not_found", $"nobody serves the model '{name}': GET /v1/models lists them");
        await WriteAsync(context, json => WriteModel(json, model));
    }

    public async Task NetworkAsync(HttpContext context)
    {
        NetworkInfo network = await client.GetNetworkAsync(context.RequestAborted);
        await WriteAsync(context, json =>
        {
            json.WriteString("object", "cocoon.network");
            json.WriteString("network", networkName);
            json.WriteString("network_id", network.NetworkId);
            json.WriteNumber("value_locked_nano_ton", network.ValueLocked.Value);
            json.WriteNumber("proxies", network.Proxies);
            json.WriteNumber("workers", network.Workers);
            json.WriteNumber("clients", network.Clients);
            json.WriteNumber("jobs_running", network.JobsRunning);
            json.WriteNumber("jobs_waiting", network.JobsWaiting);
            json.WriteNumber("jobs_settled", network.JobsSettled);
            json.WriteStartObject("tiers");
            foreach (TierInfo tier in network.Tiers)
            {
                json.WriteStartObject(GatewayHeaders.TierName(tier.Tier));
                json.WriteNumber("workers", tier.Workers);
                json.WriteNumber("slots", tier.Slots);
                json.WriteNumber("running", tier.Running);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        });
    }

    /// <summary>What became of a job, as the operator's ledger knows it: whoever holds the job's id may ask.</summary>
    public async Task ReceiptAsync(HttpContext context)
    {
        string job = context.Request.RouteValues["job"] as string ?? "";
        JobOutcome outcome = await client.LookUpAsync(job, context.RequestAborted);
        if (outcome.State == JobState.Unknown)
            throw new GatewayException(404, "job_not_found", $"the operator knows no job '{job}': it cost nothing");
        await WriteAsync(context, json =>
        {
            json.WriteString("object", "cocoon.receipt");
            json.WriteString("job", job);
            json.WriteString("state", outcome.State.ToString().ToLowerInvariant());
            if (outcome.Result is not { } result)
                return;
            json.WriteString("worker", result.Worker);
            json.WriteString("tier", GatewayHeaders.TierName(result.Tier));
            GatewayJson.WriteUsage(json, "usage", result.Usage);
            json.WriteNumber("cost_nano_ton", result.Cost.Value);
            json.WriteBoolean("verified", result.Receipt?.Verified ?? false);
            if (result.Receipt is { } receipt)
                json.WriteString("receipt", receipt.ToString());
            else
                json.WriteNull("receipt");
        });
    }

    private static void WriteModel(Utf8JsonWriter json, ModelInfo model)
    {
        json.WriteString("id", model.Name);
        json.WriteString("object", "model");
        json.WriteNumber("created", 0);
        json.WriteString("owned_by", "cocoon");
        json.WriteNumber("context_length", model.ContextTokens);
        json.WriteStartArray("tiers");
        foreach (JobTier tier in model.Tiers)
            json.WriteStringValue(GatewayHeaders.TierName(tier));
        json.WriteEndArray();
        GatewayError.WritePrices(json, "price_nano_ton_per_million", model.Prices);
        json.WriteStartObject("capacity");
        json.WriteNumber("workers", model.Workers);
        json.WriteNumber("slots", model.Slots);
        json.WriteNumber("running", model.Running);
        json.WriteNumber("waiting", model.Waiting);
        json.WriteEndObject();
    }

    private static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> content)
    {
        byte[] body = GatewayJson.Write(content);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
