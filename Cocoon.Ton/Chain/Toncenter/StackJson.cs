using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Chain.Toncenter;

/// <summary>The TVM's stack as the toncenter v2 API writes it: pairs outside, <c>tvm.stackEntry...</c> objects inside tuples and lists.</summary>
internal static class StackJson
{
    private const int DepthMax = 32;
    private const int NumberCharactersMax = 90;

    public static JsonArray Write(IReadOnlyList<StackItem> stack) => new([.. stack.Select(WriteItem)]);

    public static IReadOnlyList<StackItem> Read(JsonElement stack) => [.. stack.EnumerateArray().Select(item => ReadItem(item, 0))];

    private static JsonNode WriteItem(StackItem item) => item switch
    {
        StackItem.Number number => new JsonArray("num", number.Value.ToString(CultureInfo.InvariantCulture)),
        StackItem.CellValue cell => new JsonArray("tvm.Cell", cell.Cell.ToBase64()),
        StackItem.SliceValue slice => new JsonArray("tvm.Slice", slice.Cell.ToBase64()),
        _ => throw new ArgumentException($"a get-method takes numbers, cells and slices by this API, not a {item.GetType().Name}"),
    };

    private static StackItem ReadItem(JsonElement item, int depth)
    {
        if (depth > DepthMax)
            throw new TonFormatException($"a stack nested deeper than {DepthMax}");
        if (item.ValueKind == JsonValueKind.Object)
            return ReadEntry(item, depth);
        string type = item[0].GetString() ?? "";
        JsonElement value = item.GetArrayLength() > 1 ? item[1] : default;
        return type switch
        {
            "num" or "int" => ReadNumber(value.GetString()!),
            "cell" or "tvm.Cell" => new StackItem.CellValue(ReadCell(value)),
            "slice" or "tvm.Slice" => new StackItem.SliceValue(ReadCell(value)),
            "builder" or "tvm.Builder" => new StackItem.BuilderValue(ReadCell(value)),
            "null" => new StackItem.Null(),
            "list" or "tuple" => ReadElements(value, type == "list", depth),
            _ => throw new TonFormatException($"a stack item of unknown type \"{type}\""),
        };
    }

    private static StackItem ReadEntry(JsonElement entry, int depth) => entry.GetProperty("@type").GetString() switch
    {
        "tvm.stackEntryNumber" => ReadNumber(entry.GetProperty("number").GetProperty("number").GetString()!),
        "tvm.stackEntryCell" => new StackItem.CellValue(ReadCell(entry.GetProperty("cell"))),
        "tvm.stackEntrySlice" => new StackItem.SliceValue(ReadCell(entry.GetProperty("slice"))),
        "tvm.stackEntryTuple" => ReadElements(entry.GetProperty("tuple"), false, depth),
        "tvm.stackEntryList" => ReadElements(entry.GetProperty("list"), true, depth),
        string other => throw new TonFormatException($"a stack entry of unknown type \"{other}\""),
        null => throw new TonFormatException("a stack entry without a type"),
    };

    /// <summary>An empty list is how the API writes null.</summary>
    private static StackItem ReadElements(JsonElement value, bool isList, int depth)
    {
        StackItem[] items = [.. value.GetProperty("elements").EnumerateArray().Select(element => ReadItem(element, depth + 1))];
        return isList && items.Length == 0 ? new StackItem.Null() : new StackItem.Tuple(items);
    }

    /// <summary>Decimal, or hexadecimal after 0x with the sign before it.</summary>
    private static StackItem ReadNumber(string text)
    {
        if (text == "NaN")
            return new StackItem.NotANumber();
        if (text.Length > NumberCharactersMax)
            throw new TonFormatException($"a number of {text.Length} characters");
        bool negative = text.StartsWith('-');
        string digits = negative ? text[1..] : text;
        BigInteger value = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? BigInteger.Parse("0" + digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        return new StackItem.Number(negative ? -value : value);
    }

    /// <summary>A base64 bag, bare or as the property "bytes"; servers write it in either base64 alphabet.</summary>
    private static Cell ReadCell(JsonElement value)
    {
        string text = (value.ValueKind == JsonValueKind.Object ? value.GetProperty("bytes") : value).GetString()!;
        return Cell.FromBase64(text.Replace('-', '+').Replace('_', '/'));
    }
}
