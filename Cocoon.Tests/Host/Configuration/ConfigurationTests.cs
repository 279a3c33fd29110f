using System.CommandLine;
using Cocoon.Host.Configuration;
using Cocoon.Host.Configuration.Hocon;
using Cocoon.Inference.Upstream;

namespace Cocoon.Tests.Host.Configuration;

public sealed class ConfigurationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cocoon-conf").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Defaults_are_the_public_networks_prices()
    {
        ProxyOptions options = ProxyOptions.Read(Load("").Tree);
        Assert.Equal(500, options.Prices.CommissionBasisPoints);
        Assert.Equal(new ModelPriceOptions(20_000_000, 2_000_000, 160_000_000, 160_000_000, 4096), options.Prices.Default);
        Assert.Equal(TimeSpan.FromSeconds(15), options.Jobs.Instalment.After);
        Assert.Equal(10_000_000, options.Jobs.Instalment.Amount.Value);
        Assert.Equal(2, options.Jobs.Retry.Attempts);
        Assert.False(options.Jobs.Hedge.Enabled);
        Assert.Equal(new HostPort("0.0.0.0", 7700), options.Advertise);
        Assert.EndsWith("data/node.key", options.NodeKeyFile, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_overrides_defaults_and_substitutions_follow()
    {
        ProxyOptions options = ProxyOptions.Read(Load("node.data-folder = /srv/x\nprices.models.\"big\" { prompt = 5 }\nprices.models.\"*\".cached = 7").Tree);
        Assert.Equal("/srv/x/node.key", options.NodeKeyFile);
        Assert.Equal(new ModelPriceOptions(5, 7, 160_000_000, 160_000_000, 4096), options.Prices.Models["big"]);
        Assert.Equal(7, options.Prices.Default.Cached);
    }

    [Fact]
    public void Environment_beats_the_file_and_set_beats_both()
    {
        CocoonConfiguration configuration = Load(
            "gateway { listen = \"a:1\", max-request = 1MiB, cors-origins = [\"https://x.example\"] }",
            ["gateway.listen=c:3", "define.x=1"],
            ("COCOON_GATEWAY_LISTEN", "b:2"),
            ("COCOON_GATEWAY_MAX_REQUEST", "2 MiB"),
            ("COCOON_GATEWAY_CORS_ORIGINS", "https://y.example, https://z.example"));
        GatewayOptions gateway = ClientOptions.Read(configuration.Tree).Gateway;
        Assert.Equal(new HostPort("c", 3), gateway.Listen);
        Assert.Equal(2 << 20, gateway.MaxRequestBytes);
        Assert.Equal(["https://y.example", "https://z.example"], gateway.CorsOrigins);
        Assert.Equal("c:3", configuration.Root["gateway:listen"]);
        Assert.Equal("https://z.example", configuration.Root["gateway:cors-origins:1"]);
    }

    [Theory]
    [InlineData("gatewy.listen = \"a:1\"", "main.conf:1:1: no setting is called gatewy", "did you mean gateway?")]
    [InlineData("gateway {\n  max-requst = 1\n}", "main.conf:2:16: no setting is called gateway.max-requst", "did you mean gateway.max-request?")]
    [InlineData("coefficient = 5", "no setting is called coefficient", "did you mean worker.coefficient?")]
    [InlineData("gateway.listen { port = 1 }", "gateway.listen is an object", "should be a single value")]
    [InlineData("proxy.listen = \"a:1\"", "proxy.listen is a single value", "should be an array")]
    [InlineData("prices.models.x { promt = 1 }", "no setting is called prices.models.x.promt", "did you mean prices.models.x.prompt?")]
    public void Unknown_settings_are_refused_with_the_nearest(string text, string what, string advice)
    {
        string message = Assert.Throws<ConfigurationException>(() => Load(text)).Message;
        Assert.Contains(what, message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Named_entries_come_from_the_environment_too()
    {
        WorkerOptions worker = WorkerOptions.Read(Load("", [], ("COCOON_WORKER_OPERATORS_MY_OWN_SEEDS", "a:1, b:2")).Tree);
        Assert.Equal(("my-own", 2), (worker.Operators.Single().Name, worker.Operators.Single().Seeds.Count));
        ProxyOptions proxy = ProxyOptions.Read(Load("", [], ("COCOON_PRICES_MODELS_BIG_DEFAULT_MAX_OUTPUT", "7")).Tree);
        Assert.Equal(7, proxy.Prices.Models["big"].DefaultMaxOutput);
    }

    [Fact]
    public void Commands_take_a_file_and_settings()
    {
        Command command = new("proxy");
        ConfigurationArguments.AddTo(command);
        StringWriter errors = new();
        ProxyOptions? good = ConfigurationArguments.Load(command.Parse("--set node.name=x --set proxy.shards=16"), ProxyOptions.Read, errors);
        Assert.Equal(("x", 16), (good?.Node.Name, good?.Shards));
        Assert.Null(ConfigurationArguments.Load(command.Parse("--set proxy.shards=0 --set prices.commission=x"), ProxyOptions.Read, errors));
        Assert.Equal(2, errors.ToString().Trim().Split('\n').Length);
        Assert.Null(ConfigurationArguments.Load(command.Parse("--config nowhere.conf"), ProxyOptions.Read, errors));
    }

    [Fact]
    public void Misspelt_variables_and_arguments_are_refused_too()
    {
        Assert.Contains(
            "did you mean COCOON_GATEWAY_LISTEN?",
            Assert.Throws<ConfigurationException>(() => Load("", [], ("COCOON_GATEWAY_LISTN", "a:1"))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "--set gateway.listn=a:1: no setting is called gateway.listn; did you mean gateway.listen?",
            Assert.Throws<ConfigurationException>(() => Load("", ["gateway.listn=a:1"])).Message, StringComparison.Ordinal);
        Assert.Throws<HoconException>(() => Load("", ["gateway.listen"]));
    }

    [Theory]
    [InlineData("gateway.listen = nowhere", "main.conf:1:18: gateway.listen must be host:port")]
    [InlineData("gateway.max-request = 5 cats", "gateway.max-request is '5 cats', but must be a size")]
    [InlineData("gateway.keep-alive = 3 weeks", "gateway.keep-alive is '3 weeks', but must be a duration")]
    [InlineData("gateway.max-concurrent = 0", "from 1 to 1000000")]
    [InlineData("gateway.require-key = maybe", "must be true or false")]
    [InlineData("gateway.cors-origins = [\"app.example\"]", "each must be an origin")]
    [InlineData("log.level = warnin", "did you mean warning?")]
    [InlineData("client.operators.x { ceiling = -1 TON, seeds = [\"a:1\"] }", "must be an amount")]
    [InlineData("client.operators.x {}", "must name at least one node")]
    [InlineData("network.id = \"\"", "network.id must be set")]
    public void Wrong_values_are_refused_with_their_place(string text, string expected)
    {
        string message = Assert.Throws<ConfigurationException>(() => ClientOptions.Read(Load(text).Tree)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        CocoonConfiguration configuration = Load("proxy { listen = [], shards = 0 }\nprices.commission = 500\njobs.instalment.amount = 0 TON");
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => ProxyOptions.Read(configuration.Tree));
        Assert.Equal(4, error.Problems.Count);
    }

    [Fact]
    public void Engines_are_read()
    {
        EngineOptions engine = WorkerOptions.Read(
            Load("engine { kind = upstream, upstream { url = \"http://127.0.0.1:8000\", dialect = llama-server, models = [m] } }").Tree).Engine;
        Assert.Equal(UpstreamDialectChoice.LlamaServer, engine.Upstream!.Dialect);
        Assert.Equal(["m"], engine.Upstream.Models);
        Assert.Contains(
            "engine.upstream.url must be set",
            Assert.Throws<ConfigurationException>(() => WorkerOptions.Read(Load("engine.kind = upstream").Tree)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("proxy")]
    [InlineData("worker")]
    [InlineData("client")]
    [InlineData("demo")]
    public void The_shipped_files_are_valid(string name)
    {
        string file = Path.Combine(SharedVectors.RepositoryRoot, "hocon", name + ".conf");
        HoconObject tree = CocoonConfiguration.Load(file, [], new Dictionary<string, string>()).Tree;
        ProxyOptions.Read(tree);
        WorkerOptions.Read(tree);
        ClientOptions.Read(tree);
    }

    [Theory]
    [InlineData("10", 10_000_000)]
    [InlineData("1.5s", 1_500_000_000)]
    [InlineData("2 minutes", 120_000_000_000)]
    [InlineData("100us", 100_000)]
    [InlineData("200 ns", 200)]
    [InlineData("3d", 259_200_000_000_000)]
    public void Durations(string text, long nanoseconds)
    {
        Assert.True(HoconUnits.TryParseDuration(text, out TimeSpan duration));
        Assert.Equal(nanoseconds, duration.Ticks * 100);
    }

    [Theory]
    [InlineData("10", 10)]
    [InlineData("1k", 1024)]
    [InlineData("1kB", 1000)]
    [InlineData("0.5 MiB", 524_288)]
    [InlineData("2 GB", 2_000_000_000)]
    [InlineData("1 megabyte", 1_000_000)]
    public void Sizes(string text, long bytes)
    {
        Assert.True(HoconUnits.TryParseSize(text, out long size));
        Assert.Equal(bytes, size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("1 fortnight")]
    [InlineData("99999999999999999999d")]
    [InlineData("1,5s")]
    public void Refuses_other_units(string text) => Assert.False(HoconUnits.TryParseDuration(text, out _));

    private CocoonConfiguration Load(string text, string[]? set = null, params (string Name, string Value)[] variables)
    {
        string file = Path.Combine(folder, "main.conf");
        File.WriteAllText(file, text);
        return CocoonConfiguration.Load(file, set ?? [], variables.ToDictionary(entry => entry.Name, entry => entry.Value));
    }
}
