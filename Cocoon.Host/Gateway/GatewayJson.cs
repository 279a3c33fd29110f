using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Gateway;

/// <summary>How the gateway writes JSON: no more escapes than JSON needs, classes of usage in snake case.</summary>
internal static class GatewayJson
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One object, its properties written by <paramref name="content"/>.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> content)
    {
        ArrayBufferWriter<byte> bytes = new(512);
        using Utf8JsonWriter json = new(bytes, Relaxed);
        json.WriteStartObject();
        content(json);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Amounts by class.</summary>
    public static void WriteUsage(Utf8JsonWriter json, string name, IReadOnlyList<UsageAmount> usage)
    {
        json.WriteStartObject(name);
        foreach (UsageAmount amount in usage)
            json.WriteNumber(ClassName(amount.Class), amount.Amount);
        json.WriteEndObject();
    }

    /// <summary>A class's name in JSON and in headers.</summary>
    public static string ClassName(UsageClass kind) => kind switch
    {
        UsageClass.Prompt => "prompt",
        UsageClass.Cached => "cached",
        UsageClass.Completion => "completion",
        UsageClass.Reasoning => "reasoning",
        UsageClass.AudioSecond => "audio_second",
        UsageClass.ImageTile => "image_tile",
        _ => kind.ToString(),
    };

    /// <summary>The class of a name, or null.</summary>
    public static UsageClass? ClassOf(string name)
    {
        foreach (UsageClass kind in Enum.GetValues<UsageClass>())
        {
            if (ClassName(kind) == name)
                return kind;
        }

        return null;
    }
}
