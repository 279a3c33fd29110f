using System.Text.Json.Nodes;
using Cocoon.Client;
using Cocoon.Client.Network;
using Cocoon.Host.Commands;
using Cocoon.Host.Commands.Chat;
using Cocoon.Host.Commands.Workers;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;
using Cocoon.Host.Status;
using Cocoon.Inference.TestEngine;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Tests.Network;
using Cocoon.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Tests.Host.People;

/// <summary>What GPU owners see: joining an operator, the statement of what was earned, the status screen; and a chat beside it.</summary>
public class WorkerCommandTests
{
    private const string Model = "cocoon-test";
    private const string Greeting = "Hello there";

    [Fact]
    public async Task Joining_learns_the_operator_and_its_prices_and_writes_what_the_worker_reads()
    {
        using TemporaryFolder folder = new();
        await using TestNetwork network = await StartAsync();
        PublicKey operatorKey = network.Proxy.Setup.Operator.PublicKey;
        HostPort node = new("127.0.0.1", network.Proxy.Port);
        WorkerFile file = new(folder.File("worker.conf"), folder.File("data"), TestNetwork.Name, "UQ-mine", null, null, 900);
        using StringWriter output = new();
        await JoinCommand.RunAsync(node, operatorKey.ToString(), "first", file, json: true, output, CancellationToken.None);
        JsonNode told = JsonNode.Parse(output.ToString())!;
        Assert.Equal(operatorKey.ToString(), (string?)told["operator"]);
        JsonNode model = told["models"]!.AsArray().Single(one => (string?)one!["model"] == Model)!;
        // 160,000,000 at nine tenths, less 5 %.
        Assert.Equal(136_800_000, (long)model["earnedNanoTonPerMillion"]!["completion"]!);
        Assert.Equal(1, (int)model["workers"]!);
        // Again, and under another name: the file keeps what it had.
        await JoinCommand.RunAsync(node, null, "first", file, json: true, TextWriter.Null, CancellationToken.None);
        await JoinCommand.RunAsync(node, null, "second", file, json: false, TextWriter.Null, CancellationToken.None);
        WorkerOptions read = WorkerOptions.Read(CocoonConfiguration.Load(file.Path, [], new Dictionary<string, string>()).Tree);
        Assert.Equal(["first", "second"], read.Operators.Select(one => one.Name));
        Assert.All(read.Operators, one => Assert.Equal((operatorKey.ToString(), node), (one.Key, one.Seeds.Single())));
        Assert.Equal((900, "UQ-mine"), (read.Coefficient, read.PayoutAddress));
        string stranger = new('a', 64);
        await Assert.ThrowsAsync<IOException>(() => JoinCommand.RunAsync(node, stranger, "third", file, true, TextWriter.Null, CancellationToken.None));
        WorkerFile elsewhere = file with { Path = folder.File("other.conf"), Network = "other-network" };
        await Assert.ThrowsAsync<IOException>(() => JoinCommand.RunAsync(node, null, "first", elsewhere, true, TextWriter.Null, CancellationToken.None));
    }

    [Fact]
    public async Task An_operator_without_a_key_is_asked_once_and_then_held_to_its_word()
    {
        using TemporaryFolder folder = new();
        NodeOptions node = NodeOptions.Read(CocoonConfiguration.Load(
            null, [$"node.data-folder={folder.Path}", $"network.id={TestNetwork.Name}"], new Dictionary<string, string>()).Tree);
        OperatorOptions options;
        await using (TestNetwork network = await StartAsync())
        {
            options = new OperatorOptions("it", [new HostPort("127.0.0.1", network.Proxy.Port)], Key: null);
            Scope scope = await OperatorScope.OfAsync(options, node, TestNetwork.Verifier, TextWriter.Null, CancellationToken.None);
            Assert.Equal(network.Proxy.Setup.Scope, scope);
        }

        // Nobody answers any more, and nobody is asked.
        Assert.NotEqual(default, (await OperatorScope.OfAsync(options, node, TestNetwork.Verifier, TextWriter.Null, CancellationToken.None)).Operator);
        File.WriteAllText(OperatorScope.PinOf(node, "it"), "nonsense");
        await Assert.ThrowsAsync<IOException>(() => OperatorScope.OfAsync(options, node, TestNetwork.Verifier, TextWriter.Null, CancellationToken.None));
    }

    [Fact]
    public async Task A_worker_holds_a_receipt_of_every_job_and_its_statement_is_the_ledgers()
    {
        using TemporaryFolder folder = new();
        await using EarningsFolder earnings = new(folder.Path);
        NanoTon paid = NanoTon.Zero;
        await using (TestNetwork network = await StartAsync(earnings))
        {
            NetworkJobClient client = network.NewClient();
            for (int i = 0; i < 3; i++)
                paid += (await client.ChatAsync(Model, Greeting)).Result.Cost;
            await Waiting.UntilAsync(async () => (await network.Workers[0].StatusAsync()).ReceiptsKept >= 3);
        }

        await earnings.DisposeAsync();
        NanoTon share = paid - JobTerms.CommissionOf(paid, 500);
        Assert.Equal(share, earnings.EarnedSinceStart);
        await File.AppendAllTextAsync(Directory.GetFiles(folder.Path, "*.jsonl").Single(), "{\"receipt\": \"cut", TestContext.Current.CancellationToken);
        int damaged = 0;
        EarnedJob[] jobs = [.. EarningsFolder.Read(folder.Path, () => damaged++)];
        Assert.Equal(1, damaged);
        Assert.Equal(3, jobs.Length);
        Assert.All(jobs, job => Assert.Equal((6, 32, false), (job.Amount(UsageClass.Prompt), job.Amount(UsageClass.Completion), job.BilledLess)));
        Assert.NotEmpty(EarningsFolder.HeadsOf(folder.Path));
        using StringWriter csv = new();
        StatementCommand.Print(jobs, [], csv: true, json: false, csv);
        string[] lines = csv.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.All(lines, line => Assert.Equal(14, line.Split(',').Length));
        using StringWriter json = new();
        StatementCommand.Print(jobs, [], csv: false, json: true, json);
        Assert.Equal(share.Value, (long)JsonNode.Parse(json.ToString())!["earnedNanoTon"]!);
        using StringWriter table = new();
        StatementCommand.Print(jobs, [], csv: false, json: false, table);
        Assert.Contains($"earned in all: {share}", table.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_is_one_screen_and_one_object()
    {
        using TemporaryFolder folder = new();
        await using TestNetwork network = await StartAsync();
        await network.NewClient().ChatAsync(Model, Greeting);
        await Assert.ThrowsAsync<JobException>(() => network.NewClient(network.NewKey()).ChatAsync(Model, Greeting));
        await using StatusServer? proxy = StatusServer.TryStart(
            folder.Path, "proxy", async () => NodeStatus.OfProxy("p", network.Proxy, await network.Proxy.SurveyAsync()), NullLogger.Instance);
        await using StatusServer? worker = StatusServer.TryStart(
            folder.Path, "worker", async () => NodeStatus.OfWorker("w", TestNetwork.Name, "key", await network.Workers[0].StatusAsync(), null), NullLogger.Instance);
        using StringWriter json = new();
        Assert.Equal(0, await StatusCommand.RunAsync(folder.Path, json: true, once: true, default, json, CancellationToken.None));
        JsonArray nodes = JsonNode.Parse(json.ToString())!["nodes"]!.AsArray();
        Assert.Equal(["proxy", "worker"], nodes.Select(node => (string?)node!["role"]));
        Assert.Equal(1, (long)nodes[0]!["jobs"]!["settled"]!);
        Assert.Equal(1, (int)nodes[0]!["links"]!["workers"]!);
        Assert.Equal((1L, 1L), ((long)nodes[0]!["jobs"]!["refused"]!, (long)nodes[0]!["jobs"]!["refusedByReason"]!["balance"]!));
        Assert.Equal((TestNetwork.Name, NetworkId.Of(TestNetwork.Name).ToString()), ((string?)nodes[0]!["network"], (string?)nodes[0]!["networkId"]));
        using StringWriter screen = new();
        Assert.Equal(0, await StatusCommand.RunAsync(folder.Path, json: false, once: true, default, screen, CancellationToken.None));
        Assert.Contains(Model, screen.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 refused (1 balance)", screen.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await StatusCommand.RunAsync(folder.File("none"), json: true, once: true, default, TextWriter.Null, CancellationToken.None));
    }

    [Fact]
    public void Status_says_when_receipts_are_not_written_and_when_more_was_billed_than_counted()
    {
        JsonObject worker = JsonNode.Parse("""{"role": "worker", "earnings": {"problem": "disk full"}}""")!.AsObject();
        JsonObject client = JsonNode.Parse("""{"role": "client", "receiptsProblem": "no space", "jobs": {"billedAboveRecount": 3}}""")!.AsObject();
        using StringWriter screen = new();
        Screen.Of(screen).Write(StatusScreen.Of([worker, client], 200));
        Assert.Contains("receipts are not written: disk full", screen.ToString(), StringComparison.Ordinal);
        Assert.Contains("3 billed for more than was counted here; receipts are not written: no space", screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_conversation_says_what_each_answer_cost_and_survives_an_interrupt()
    {
        ScriptedChat source = new();
        using StringWriter output = new();
        Conversation conversation = new(source, Model, system: "Be brief.", maxTokens: null, output);
        source.OnStall = conversation.Interrupt;
        Assert.Equal(0, await conversation.RunAsync(new StringReader("one\nstall\n/cost\n/clear\ntwo\n")));
        string text = output.ToString();
        Assert.Contains("(3 + 4 tokens, 0.000000007 TON", text, StringComparison.Ordinal);
        Assert.Contains("(cancelled; what had come is paid)", text, StringComparison.Ordinal);
        // The system message; what was said before only until /clear.
        Assert.Equal([2, 4, 2], source.Lengths);
        using StringWriter lines = new();
        await TranslateCommand.RunAsync(new ScriptedChat(), Model, ["a", "b"], null, null, json: true, lines, CancellationToken.None);
        Assert.Equal(2, lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static Task<TestNetwork> StartAsync(EarningsFolder? earnings = null) => TestNetwork.StartAsync(
        [(new DeterministicEngine(new TestEngineOptions()), Model)],
        new NanoTon(10 * NanoTon.PerTon),
        worker: (_, settings) => settings with { Earnings = earnings, Verifier = TestNetwork.Verifier });

    private sealed class ScriptedChat : IChatSource
    {
        public string Description => "a script";

        public List<int> Lengths { get; } = [];

        public Action OnStall { get; set; } = static () => { };

        public Task<IReadOnlyList<string>> GetModelsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([Model]);

        public async IAsyncEnumerable<(string Piece, ChatBill? Bill)> AskAsync(
            JsonObject request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            JsonArray messages = request["messages"]!.AsArray();
            Lengths.Add(messages.Count);
            yield return ("piece", null);
            if ((string?)messages[^1]!["content"] == "stall")
            {
                OnStall();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            yield return ("", new ChatBill("job", "worker", new NanoTon(7), 3, 4, null));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
