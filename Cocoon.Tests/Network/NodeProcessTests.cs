using System.Globalization;
using Cocoon.Tests.Storage;

namespace Cocoon.Tests.Network;

/// <summary>Nodes as their owners start and stop them: signals, and what they are told when something is wrong.</summary>
public class NodeProcessTests
{
    [Theory]
    [InlineData("nothing.conf", "", "nothing.conf")]
    [InlineData("p.conf", "proxy.listen = [\"nowhere\"]", "proxy.listen holds 'nowhere'")]
    [InlineData("p.conf", "proxy { listn = [] }", "did you mean proxy.listen?")]
    [InlineData("p.conf", "node.data-folder = \"taken\"", "taken")]
    [InlineData("p.conf", "proxy.node-key-file = \"wrong.key\"", "wrong.key")]
    public async Task A_proxy_that_cannot_start_says_why(string file, string text, string told)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("taken"), "a file where the folder should be");
        File.WriteAllText(folder.File("wrong.key"), "not a key");
        if (text.Length > 0)
            File.WriteAllText(folder.File(file), $"proxy.listen = [\"127.0.0.1:0\"]\n{text}\n");
        (int code, string output) = await CocoonProcess.RunAsync(folder.Path, "proxy", "--config", file);
        Assert.InRange(code, 1, 2);
        Assert.Contains(told, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_proxy_on_the_same_port_or_ledger_says_so()
    {
        using TemporaryFolder folder = new();
        using Wire.ReservedPort reserved = new();
        int port = reserved.Port;
        Write(folder, "a.conf", $"node.data-folder = a, proxy.listen = [\"127.0.0.1:{port}\"]");
        Write(folder, "b.conf", $"node.data-folder = b, proxy.listen = [\"127.0.0.1:{port}\"]");
        using CocoonProcess first = CocoonProcess.Start(folder.Path, "proxy", "--config", "a.conf");
        await first.WaitForAsync("operators.NAME");
        (int code, string output) = await CocoonProcess.RunAsync(folder.Path, "proxy", "--config", "b.conf");
        Assert.Equal(1, code);
        Assert.Contains(port.ToString(CultureInfo.InvariantCulture), output, StringComparison.Ordinal);
        (code, output) = await CocoonProcess.RunAsync(folder.Path, "proxy", "--config", "a.conf");
        Assert.Equal(1, code);
        Assert.Contains("cocoon.db", output, StringComparison.Ordinal);
        Assert.Equal(0, await first.TerminateAsync());
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_lets_running_jobs_end_and_then_every_node_ends_well(string signal)
    {
        await using KilledNetwork network = await KilledNetwork.StartAsync(1, tokenDelay: "120ms");
        await Waiting.UntilAsync(async () => (await network.Client.GetModelsAsync(TestContext.Current.CancellationToken)).Any(model => model.Workers == 1));
        ReadJob job = new(network.Client, Cocoon.Client.JobRequest.Chat(KilledNetwork.Model, "Hello", stream: true));
        await Waiting.UntilAsync(() => job.Text.Length > 0 || job.Failed);
        Task<int> worker = network.SignalAsync(1, signal);
        Task<int> proxy = network.SignalAsync(0, signal);
        // 24 tokens of 120 ms: longer than the 2 s that a command has otherwise.
        Assert.True((await job.Result).Receipt!.Verified);
        Assert.Equal((0, 0), (await worker, await proxy));
        (int code, string output) = await network.VerifyAsync();
        Assert.True(code == 0, output);
    }

    private static void Write(TemporaryFolder folder, string name, string text) => File.WriteAllText(folder.File(name), text.Replace(", proxy", "\nproxy", StringComparison.Ordinal));
}
