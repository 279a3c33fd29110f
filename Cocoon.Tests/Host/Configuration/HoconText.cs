using Cocoon.Host.Configuration.Hocon;

namespace Cocoon.Tests.Host.Configuration;

/// <summary>Reads HOCON given in a test.</summary>
internal static class HoconText
{
    public static HoconObject Read(string text, params (string Name, string Value)[] environment)
    {
        Dictionary<string, string> variables = environment.ToDictionary(entry => entry.Name, entry => entry.Value);
        HoconObjectNode root = new HoconParser("test.conf", text, new HoconIncludes(), []).ParseRoot();
        return HoconResolver.Resolve([root], name => variables.GetValueOrDefault(name));
    }

    /// <summary>The value in one line: <c>{a:1,b:[x,y]}</c>, null as <c>~</c>.</summary>
    public static string Show(HoconValue value) => value switch
    {
        HoconScalar scalar => scalar.Text ?? "~",
        HoconArray array => $"[{string.Join(',', array.Items.Select(Show))}]",
        HoconObject fields => $"{{{string.Join(',', fields.Fields.Select(field => $"{field.Key}:{Show(field.Value)}"))}}}",
        _ => throw new InvalidOperationException(),
    };
}
