using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cocoon.Host.Configuration;
using Cocoon.Host.Configuration.Hocon;
using Cocoon.Tests.Repository;

namespace Cocoon.Tests.Host.Configuration;

/// <summary>A setting that reference.conf documents is read, and what is read is used: none is there for show.</summary>
public sealed class DocumentedSettingsTests : IDisposable
{
    // One entry under every free name, and the one engine whose section is read only where it is chosen.
    private const string Base =
        """
        engine { kind = upstream, upstream.url = "http://127.0.0.1:1" }
        prices.models.x {}
        treasury.endpoints.x.url = "http://127.0.0.1:1"
        worker.operators.x.seeds = ["a:1"]
        client.operators.x.seeds = ["a:1"]

        """;

    // Nonsense for whatever is not free text, and for that another text than the default.
    private const string Nonsense = "\"§none§\"";

    private readonly string folder = Directory.CreateTempSubdirectory("cocoon-settings").FullName;

    public static TheoryData<string> Settings()
    {
        CocoonConfiguration defaults = CocoonConfiguration.Load(null, [], new Dictionary<string, string>(StringComparer.Ordinal));
        ConfigurationSchema schema = new(defaults.Tree);
        return [.. schema.Settings.Concat(schema.NamedSettings).Select(path => path.ToString())];
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Settings))]
    public void Every_documented_setting_is_read(string setting)
    {
        string value = ValueFor(setting);
        string name = setting.Replace("\"*\"", "x", StringComparison.Ordinal);
        string changed = Read(Base + $"{name} = {value}\n");
        Assert.True(changed != Read(Base), $"{setting} = {value} changes nothing that any node reads: use it or remove it from reference.conf");
    }

    [Fact]
    public void What_is_read_is_used_outside_the_configuration()
    {
        string program = string.Concat(SourceTree.CSharp
            .Where(file => file.StartsWith("Cocoon.Host/", StringComparison.Ordinal) && !file.StartsWith("Cocoon.Host/Configuration/", StringComparison.Ordinal))
            .SelectMany(SourceTree.Lines));
        string[] unused =
        [
            .. from type in typeof(ProxyOptions).Assembly.GetTypes()
               where type.Namespace == typeof(ProxyOptions).Namespace && type.Name.EndsWith("Options", StringComparison.Ordinal)
               from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
               where !Regex.IsMatch(program, $@"[.(\s]{property.Name}\b", RegexOptions.None, TimeSpan.FromSeconds(10))
               select $"{type.Name}.{property.Name}",
        ];
        Assert.Empty(unused);
    }

    private static string ValueFor(string setting) => setting switch
    {
        "engine.kind" => "test",
        _ => setting.EndsWith(".listen", StringComparison.Ordinal) && setting.StartsWith("proxy", StringComparison.Ordinal)
            || setting.EndsWith("seeds", StringComparison.Ordinal) || setting.EndsWith("wallet-files", StringComparison.Ordinal)
            || setting.EndsWith("models", StringComparison.Ordinal) || setting.EndsWith("allow-fields", StringComparison.Ordinal)
            || setting.EndsWith("cors-origins", StringComparison.Ordinal)
                ? $"[{Nonsense}]"
                : Nonsense,
    };

    /// <summary>Everything that the three kinds of node take from a configuration, or why one of them would not.</summary>
    private string Read(string text)
    {
        string file = Path.Combine(folder, "main.conf");
        File.WriteAllText(file, text);
        HoconObject tree = CocoonConfiguration.Load(file, [], new Dictionary<string, string>(StringComparer.Ordinal)).Tree;
        return string.Join('\n', Take(() => ProxyOptions.Read(tree)), Take(() => WorkerOptions.Read(tree)), Take(() => ClientOptions.Read(tree)));
    }

    private static string Take<TOptions>(Func<TOptions> read)
    {
        try
        {
            return JsonSerializer.Serialize(read());
        }
        catch (ConfigurationException wrong)
        {
            return wrong.Message;
        }
    }
}
