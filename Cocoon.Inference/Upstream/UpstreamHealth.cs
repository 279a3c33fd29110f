using System.Text;
using System.Text.Json;
using Cocoon.Actors.Ports;

namespace Cocoon.Inference.Upstream;

/// <summary>What a server serves and how busy it is: its models list, its properties once, its metrics each time.</summary>
internal sealed class UpstreamHealth(UpstreamOptions options, UpstreamConnection connection)
{
    private const int MaxBytes = 8 << 20;
    private const int MostModels = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private UpstreamDialect? dialect = UpstreamDialect.Of(options.Dialect);
    private (int? Slots, int? Context)? properties;

    /// <summary>The server's dialect: configured, or read from its models list on first use.</summary>
    public async ValueTask<UpstreamDialect> DialectAsync(CancellationToken cancellationToken)
    {
        if (dialect is null)
            await ModelsAsync(cancellationToken).ConfigureAwait(false);
        return dialect!;
    }

    /// <summary>Models and load. Throws <see cref="EngineException"/> when the server does not answer as it should.</summary>
    /// <param name="ownRunning">Jobs that this engine itself has there: what is known without metrics.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<EngineStatus> StatusAsync(int ownRunning, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            IReadOnlyList<(string Name, int? Context)> models = await ModelsAsync(patience.Token).ConfigureAwait(false);
            (int? slots, int? context) = await PropertiesAsync(patience.Token).ConfigureAwait(false);
            (int? running, int? waiting) = await LoadAsync(patience.Token).ConfigureAwait(false);
            IEnumerable<EngineModel> served = models
                .Where(model => options.Models.Count == 0 || options.Models.Contains(model.Name, StringComparer.Ordinal))
                .Select(model => new EngineModel(
                    model.Name, context ?? model.Context ?? options.ContextTokens, slots ?? options.MaxConcurrent, options.TemplateTokens));
            EngineModel[] list = [.. served];
            return list.Length > 0
                ? new EngineStatus(list, running ?? ownRunning, waiting ?? 0)
                : throw new EngineException(EngineFailure.Failed, $"{dialect!.Name} at {options.Url} serves none of the configured models");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EngineException(EngineFailure.Failed, $"the upstream {options.Url} did not answer within {Patience.TotalSeconds:0} s");
        }
        catch (HttpRequestException failure)
        {
            throw new EngineException(EngineFailure.Failed, $"the upstream {options.Url} cannot be reached: {failure.Message}", failure);
        }
    }

    private async Task<IReadOnlyList<(string Name, int? Context)>> ModelsAsync(CancellationToken cancellationToken)
    {
        byte[] body = await connection.GetAsync(dialect ?? UpstreamDialect.Plain, "v1/models", MaxBytes, cancellationToken).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            List<(string, int?)> models = [];
            string? owner = null;
            foreach (JsonElement model in document.RootElement.GetProperty("data").EnumerateArray().Take(MostModels))
            {
                owner ??= model.TryGetProperty("owned_by", out JsonElement by) ? by.ToString() : null;
                models.Add((model.GetProperty("id").GetString()!, Context(model)));
            }

            dialect ??= UpstreamDialect.OfOwner(owner);
            return models;
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new EngineException(EngineFailure.Failed, $"{options.Url} is not an OpenAI-compatible server: /v1/models is no list of models", wrong);
        }
    }

    private static int? Context(JsonElement model)
    {
        // vLLM and SGLang: max_model_len. llama-server: what the model was trained with; its properties know better.
        if (model.TryGetProperty("max_model_len", out JsonElement length) && length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out int tokens))
            return tokens > 0 ? tokens : null;
        return model.TryGetProperty("meta", out JsonElement meta) ? Positive(meta, "n_ctx_train") : null;
    }

    private async Task<(int? Slots, int? Context)> PropertiesAsync(CancellationToken cancellationToken)
    {
        if (properties is { } known)
            return known;
        if (dialect!.Properties is not { } path)
            return (properties = (null, null)).Value;
        byte[]? body = await connection.TryGetAsync(path, MaxBytes, cancellationToken).ConfigureAwait(false);
        (int? Slots, int? Context) found = (null, null);
        if (body is not null)
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(body);
                JsonElement root = document.RootElement;
                int? context = root.TryGetProperty("default_generation_settings", out JsonElement settings) ? Positive(settings, "n_ctx") : null;
                found = (Positive(root, "total_slots") ?? Positive(root, "max_running_requests"), context);
            }
            catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
            {
                // Only a hint: without it the configured values hold.
            }
        }

        properties = found;
        return found;
    }

    private async Task<(int? Running, int? Waiting)> LoadAsync(CancellationToken cancellationToken)
    {
        if (dialect!.RunningMetric is not { } running || dialect.WaitingMetric is not { } waiting)
            return (null, null);
        byte[]? body = await connection.TryGetAsync("metrics", MaxBytes, cancellationToken).ConfigureAwait(false);
        if (body is null)
            return (null, null);
        string text = Encoding.UTF8.GetString(body);
        return (PrometheusText.Sum(text, running), PrometheusText.Sum(text, waiting));
    }

    private static int? Positive(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out int number) && number > 0
            ? number
            : null;
}
