using System.Text.Json;
using Cocoon.Actors.Ports;

namespace Cocoon.Host.Storage;

/// <summary>The models a node served, as a JSON list in a small file beside the ledger. Losing it costs a few refusals after a restart.</summary>
internal sealed class ModelMemoryFile(string path, IEnumerable<string> configured) : IModelMemory
{
    private const int BytesMax = 1 << 20;

    /// <summary>What was remembered, and the models that the operator has named a price for.</summary>
    public IReadOnlyList<string> Recall() => [.. configured.Concat(Read()).Distinct(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public void Remember(IReadOnlyList<string> models)
    {
        try
        {
            string fresh = path + ".new";
            File.WriteAllBytes(fresh, JsonSerializer.SerializeToUtf8Bytes(models));
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The ledger's own writes will say that the disk is full or broken.
        }
    }

    private string[] Read()
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= BytesMax
                ? JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(path)) ?? []
                : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }
}
