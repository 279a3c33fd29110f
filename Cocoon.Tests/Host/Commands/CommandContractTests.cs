using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Host.Commands;
using Cocoon.Tests.Host.Operator;
using Cocoon.Tests.Network;
using Cocoon.Tests.Storage;

namespace Cocoon.Tests.Host.Commands;

/// <summary>What every command promises: what goes wrong is one clear line without a stack or a secret, and JSON where JSON was asked for.</summary>
public sealed class CommandContractTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(2, "Did you mean '--config'?", "proxy", "--confg", "x")]
    [InlineData(2, "cocoon: Unrecognized command or argument 'wrker'. Did you mean 'worker'?\n'cocoon --help'", "wrker")]
    [InlineData(2, "Must be one of: 'csv' 'jsonl'", "ledger", "export", "--format", "xml")]
    [InlineData(2, "--format jsonl writes an object a line", "ledger", "export", "--json")]
    [InlineData(2, "--format jsonl writes an object a line", "payouts", "export", "--json")]
    [InlineData(2, "--csv or --json", "worker", "statement", "--folder", ".", "--csv", "--json")]
    [InlineData(2, "there is no file or folder missing.json", "receipt", "verify", "missing.json")]
    [InlineData(2, "--operator is 'zz'", "key", "rotate", "account", "--operator", "zz", "--folder", "missing")]
    [InlineData(1, "cocoon wallet show: there is no wallet file", "wallet", "show", "missing", "--folder", "missing")]
    [InlineData(2, "--since is 'yesterday'", "worker", "statement", "--folder", ".", "--since", "yesterday")]
    [InlineData(2, "'cocoon worker join --help' shows what it takes", "worker", "join")]
    [InlineData(2, "there is no such configuration file", "proxy", "--config", "missing.conf")]
    [InlineData(2, "--payout-address is 'UQ...'", "worker", "join", "127.0.0.1:1", "--payout-address", "UQ...")]
    [InlineData(2, "--key is 'zz'", "worker", "join", "127.0.0.1:1", "--key", "zz")]
    [InlineData(1, "is that the address of a running proxy?", "worker", "join", "127.0.0.1:1")]
    [InlineData(1, "missing.gguf", "engine", "inspect", "missing.gguf")]
    [InlineData(2, "--threads", "engine", "inspect", "missing.gguf", "--threads", "many")]
    [InlineData(2, "--port is 99999", "demo", "--port", "99999")]
    [InlineData(2, "--budget is of API keys", "key", "new", "owner", "--budget", "1")]
    [InlineData(1, "there is no key file", "key", "show", "missing", "--folder", "missing")]
    [InlineData(2, "there is no ledger key", "ledger", "verify", "--file", "missing.db")]
    [InlineData(1, "does not answer", "translate", "Hello", "--gateway", "http://127.0.0.1:1")]
    public async Task What_goes_wrong_is_said_in_a_line(int code, string because, params string[] arguments)
    {
        CommandOutput output = await CommandLine.RunAsync(arguments);
        output.Refused(code, because);
        Assert.DoesNotContain("   at ", output.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", output.Text);
        // The same for a program.
        Assert.Contains(because, (string)CommandRun.ErrorObject(output.Error.ToString())["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_model_is_named()
    {
        string empty = folder.File("empty.gguf");
        await File.WriteAllTextAsync(empty, "", TestContext.Current.CancellationToken);
        foreach (string[] command in (string[][])[["engine", "inspect", empty], ["engine", "serve", empty], ["demo", "--once", "--model", empty]])
            (await CommandLine.RunAsync(command)).Refused(1, $"{empty}: GGUF file: is empty");
    }

    [Fact]
    public async Task A_command_does_not_wait_long_for_a_proxy_that_is_not_there()
    {
        string config = folder.File("client.conf");
        string text = $"node.data-folder = \"{folder.File("data")}\"\nclient.operators.local {{ seeds = [\"127.0.0.1:1\"], key = \"{new string('a', 64)}\" }}\n";
        await File.WriteAllTextAsync(config, text, TestContext.Current.CancellationToken);
        (await CommandLine.RunAsync("key", "list", "--api", "--config", config))
            .Refused(1, "(127.0.0.1:1: Connection refused): is that the address of a running proxy?");
    }

    [Fact]
    public async Task A_secret_under_the_wrong_name_is_not_repeated()
    {
        const string secret = "correct horse battery staple";
        string path = folder.File("secret");
        await File.WriteAllTextAsync(path, secret, TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[][] commands =
        [
            ["key", "show", path],
            ["wallet", "show", path],
            ["worker", "owner", "sign", path, "--key", path, "--address", "UQ"],
            ["ledger", "verify", "--file", folder.File("ledger.db"), "--ledger-key", path],
        ];
        foreach (string[] command in commands)
        {
            CommandOutput output = await CommandLine.RunAsync(command);
            Assert.NotEqual(0, output.Code);
            string said = output.Text + output.Error;
            Assert.All(secret.Split(' '), word => Assert.DoesNotContain(word, said, StringComparison.Ordinal));
            Assert.DoesNotContain("'c'", said, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("world", "--minutes", "0.05")]
    [InlineData("payouts")]
    public async Task What_a_simulation_says_to_a_program_has_the_names_of_every_other_answer(params string[] command)
    {
        CommandOutput output = await CommandLine.RunAsync(["simulate", .. command, "--seeds", "1", "--json"]);
        JsonObject answer = JsonNode.Parse(output.Succeeded().Text)!.AsObject();
        Assert.All(answer, field => Assert.Equal(JsonNamingPolicy.CamelCase.ConvertName(field.Key).Replace("_", "", StringComparison.Ordinal), field.Key));
    }

    [Fact]
    public void A_program_is_told_the_failure_without_the_notes_before_it()
    {
        JsonObject told = CommandRun.ErrorObject("made the account key 12 in /data: keep a copy\ncocoon translate: nobody answers\nat all\n");
        Assert.Equal("cocoon translate: nobody answers\nat all", (string?)told["error"]);
        Assert.Equal("my.conf:1: no setting is called a", (string?)CommandRun.ErrorObject("my.conf:1: no setting is called a\n")["error"]);
    }

    [Fact]
    public void Answers_for_people_have_words_and_coins()
    {
        JsonObject answer = new()
        {
            ["leftNanoTon"] = 2_500_000_000L,
            ["models"] = new JsonArray("a", "b"),
            ["publicKey"] = "12",
            ["ends"] = null,
            ["sealed"] = true,
        };
        string[] lines = [.. answer.Select(field => $"{AnswerPrinter.LabelOf(field.Key)}: {AnswerPrinter.TextOf(field.Key, field.Value)}")];
        Assert.Equal(["left: 2.5 TON", "models: a, b", "public key: 12", "ends: none", "sealed: yes"], lines);
    }

    [Fact]
    public async Task A_failure_is_an_object_for_who_asked_for_JSON_and_nothing_is_coloured_outside_of_a_terminal()
    {
        (int code, string output) = await CocoonProcess.RunAsync(folder.Path, "engine", "inspect", "missing.gguf", "--json");
        Assert.Equal(1, code);
        string line = Assert.Single(output.Split('\n'), line => line.StartsWith('{'));
        Assert.Contains("missing.gguf", (string)JsonNode.Parse(line)!["error"]!, StringComparison.Ordinal);

        string account = new('a', 64);
        (code, output) = await CocoonProcess.RunAsync(folder.Path, "ledger", "credit", account, "2.5", "--file", "c.db", "--network", "here", "--reference", "one");
        Assert.Equal(0, code);
        Assert.Contains("has 2.5 TON", output, StringComparison.Ordinal);
        (code, output) = await CocoonProcess.RunAsync(folder.Path, "ledger", "credit", account, "2.5", "--file", "c.db", "--reference", "one", "--json");
        Assert.Equal((0, false), (code, (bool)JsonNode.Parse(output)!["credited"]!));
        (_, output) = await CocoonProcess.RunAsync(folder.Path, "ledger", "verify", "--set", "proxy.storage.file=c.db", "--set", "proxy.ledger-key-file=ledger.key");
        Assert.Contains("the books balance", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public void A_long_silence_shows_a_line_that_ends_before_the_first_output()
    {
        HandTimer time = new();
        using StringWriter terminal = new();
        using WaitingLine waiting = new("cocoon x: working ...", terminal, time);
        RememberingWriter output = new(terminal) { BeforeFirst = waiting.Dispose };
        Assert.Equal(TimeSpan.FromSeconds(2), time.DueTime);
        time.Tick();
        time.Tick();
        Assert.Equal("cocoon x: working ....", terminal.ToString());
        output.Write("answer");
        time.Tick();
        output.Write("s");
        Assert.Equal($"cocoon x: working ....{Environment.NewLine}answers", terminal.ToString());
        Assert.Equal("answers", output.Text);
    }

    private sealed class HandTimer : TimeProvider, ITimer
    {
        private TimerCallback callback = _ => { };

        public TimeSpan DueTime { get; private set; }

        public void Tick() => callback(null);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (this.callback, DueTime) = (callback, dueTime);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
