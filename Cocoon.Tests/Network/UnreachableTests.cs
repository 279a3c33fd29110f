using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Cocoon.Client;
using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Protocol.Identity;
using Cocoon.Tests.Wire;

namespace Cocoon.Tests.Network;

/// <summary>A client whose proxy is not there: it is told why, and no later than it asked for.</summary>
public class UnreachableTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1", "Connection refused")]
    [InlineData("no-such-host.invalid", "no-such-host.invalid:")]
    public async Task Where_nobody_listens_is_told_without_waiting_for_the_connection(string host, string why)
    {
        using ReservedPort closed = new();
        JobException told = await FailureAsync([(host, closed.Port), ("127.0.0.1", closed.Port)], refused: Short, connect: Forever);
        Assert.Contains($"{host}:{closed.Port}", told.Message, StringComparison.Ordinal);
        Assert.Contains(why, told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_is_slow_or_not_tried_yet_is_waited_for()
    {
        using ReservedPort closed = new();
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        int slow = ((IPEndPoint)silent.LocalEndpoint).Port;
        JobException told = await FailureAsync([("127.0.0.1", closed.Port), ("127.0.0.1", slow)], refused: Short, connect: TimeSpan.FromSeconds(1));
        Assert.Contains($"127.0.0.1:{closed.Port}: Connection refused", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain($"{slow}", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_comes_back_is_there_for_who_waits()
    {
        await using JobNetwork network = await JobNetwork.StartAsync();
        await network.StopProxyAsync();
        NetworkJobClient client = network.ConnectAgain(options => options with { RefusedTimeout = Forever, ConnectTimeout = Forever });
        Task<BalanceInfo> asked = client.GetBalanceAsync(Stop).AsTask();
        await network.StartProxyAsync();
        Assert.Equal(JobNetwork.Funds, (await asked).Available);
    }

    private static async Task<JobException> FailureAsync((string Host, int Port)[] nodes, TimeSpan refused, TimeSpan connect)
    {
        using Ed25519Signer account = new(RandomNumberGenerator.GetBytes(32));
        await using NetworkJobClient client = NetworkJobClient.Connect(new NetworkClientOptions
        {
            Scope = new Scope(NetworkId.Of("nowhere"), account.PublicKey),
            Account = account,
            Nodes = nodes,
            RefusedTimeout = refused,
            ConnectTimeout = connect,
        });
        JobException told = await Assert.ThrowsAsync<JobException>(async () => await client.GetBalanceAsync(Stop));
        Assert.Equal(JobFailure.Unreachable, told.Failure);
        return told;
    }
}
