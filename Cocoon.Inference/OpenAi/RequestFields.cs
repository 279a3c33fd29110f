using System.Globalization;
using System.Text.Json;
using Cocoon.Actors.Ports;

namespace Cocoon.Inference.OpenAi;

/// <summary>Reads a request's fields; what is wrong is refused as BadRequest with the field's name. Null counts as absent, as OpenAI has it.</summary>
internal readonly struct RequestFields(JsonElement body, string path = "")
{
    public JsonElement Body { get; } = body;

    /// <summary>Parses a request body, which must be one JSON object.</summary>
    public static RequestFields Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(JsonText.Repair(body));
            JsonElement root = document.RootElement.Clone();
            return root.ValueKind == JsonValueKind.Object ? new RequestFields(root) : throw Bad($"the request must be a JSON object, not {Name(root)}");
        }
        catch (JsonException exception)
        {
            throw new EngineException(EngineFailure.BadRequest, $"the request is no valid JSON: {exception.Message}", exception);
        }
    }

    public static EngineException Bad(string message) => new(EngineFailure.BadRequest, message);

    public JsonElement? Find(string name) =>
        Body.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public double? Number(string name, double least, double most)
    {
        if (Find(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most
            ? number
            : throw Bad(string.Create(CultureInfo.InvariantCulture, $"'{path}{name}' must be a number from {least} to {most}, not {Show(value)}"));
    }

    public long? Integer(string name, long least, long most)
    {
        if (Find(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= least && number <= most
            ? number
            : throw Bad($"'{path}{name}' must be an integer from {least} to {most}, not {Show(value)}");
    }

    public bool Boolean(string name, bool absent) => Find(name) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Bad($"'{path}{name}' must be true or false, not {Show(value)}"),
    };

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { } value => throw Bad($"'{path}{name}' must be a string, not {Show(value)}"),
    };

    public RequestFields? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new RequestFields(value, $"{path}{name}."),
        { } value => throw Bad($"'{path}{name}' must be an object, not {Show(value)}"),
    };

    public IEnumerable<JsonElement> Array(string name, int most)
    {
        if (Find(name) is not { } value)
            return [];
        if (value.ValueKind != JsonValueKind.Array)
            throw Bad($"'{path}{name}' must be an array, not {Show(value)}");
        return value.GetArrayLength() <= most ? value.EnumerateArray() : throw Bad($"'{path}{name}' may have at most {most} entries, not {value.GetArrayLength()}");
    }

    public static string Show(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 60 ? text : Name(value);
    }

    private static string Name(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a string",
        _ => value.GetRawText(),
    };
}
