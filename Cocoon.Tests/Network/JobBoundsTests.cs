using System.Buffers;
using System.Text;
using Cocoon.Actors.Client;
using Cocoon.Client;
using Cocoon.Host.Commands.Nodes;
using Cocoon.Host.Configuration;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Wire;
using Cocoon.Wire;
using JobId = Cocoon.Protocol.JobId;
using JobRequest = Cocoon.Client.JobRequest;

namespace Cocoon.Tests.Network;

/// <summary>The bounds that an operator sets for jobs, over real TLS: section <c>jobs</c>, <c>prices</c> and <c>proxy.peer-timeout</c>.</summary>
public class JobBoundsTests
{
    [Fact]
    public void What_the_configuration_says_is_what_a_proxy_does()
    {
        const string model = "prices.models.small.default-max-output";
        CocoonConfiguration configuration = CocoonConfiguration.Load(
            null,
            [$"{model}=77", "jobs.max-request=1MiB", "jobs.max-answer=2MiB", "jobs.max-per-account=3", "jobs.default-time=4s", "jobs.max-time=5s"],
            new Dictionary<string, string>(StringComparer.Ordinal));
        ProxyOptions options = ProxyOptions.Read(configuration.Tree);
        Actors.Proxy.ProxySettings settings = ProxyCommand.SettingsOf(new Actors.Proxy.ProxySettings(default, 1, new PriceTable()), options);
        Assert.Equal((77, 4096), (settings.DefaultOutputOf("small"), settings.DefaultOutputOf("other")));
        Assert.Equal((1L << 20, 2L << 20, 3), (settings.RequestBytesMax, settings.AnswerBytesMax, settings.JobsPerAccountMax));
        Assert.Equal((TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5)), (settings.DefaultTimeLeft, settings.TimeLeftMax));
        Assert.Equal((10_000, 3333), (ProxyCommand.LinkOf(options.PeerTimeout).IdleTimeoutMs, ProxyCommand.LinkOf(options.PeerTimeout).PingAfterMs));
    }

    [Fact]
    public void What_reference_conf_says_where_nobody_says_otherwise_is_what_the_code_says()
    {
        CocoonConfiguration configuration = CocoonConfiguration.Load(null, [], new Dictionary<string, string>(StringComparer.Ordinal));
        ProxyOptions options = ProxyOptions.Read(configuration.Tree);
        Assert.Equal(new Actors.Proxy.FleetOptions(), ProxyCommand.FleetOf(options.Jobs));
        Actors.Proxy.ProxySettings settings = new(default, 1, new PriceTable());
        IReadOnlyDictionary<string, int> byModel = settings.DefaultOutputTokensByModel;
        Assert.Equal(settings, ProxyCommand.SettingsOf(settings, options) with { DefaultOutputTokensByModel = byModel });
    }

    [Fact]
    public async Task A_request_that_is_too_long_is_refused_before_a_worker_sees_it()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(new JobNetworkOptions { Jobs = settings => settings with { RequestBytesMax = 1000 } });
        Assert.Equal(JobFailure.TooLarge, (await network.Submit(new string('x', 1000)).FailureAsync()).Failure);
        ReadJob short_ = network.Submit("short");
        (_, EngineRun run) = await network.NextRunAsync();
        Assert.Contains("short", run.Request, StringComparison.Ordinal);
        run.Say("ok").Finish();
        await short_.Result;
        await network.AtRestAsync();
    }

    [Fact]
    public async Task A_request_that_is_longer_than_its_header_says_is_cut_off()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(new JobNetworkOptions { Jobs = settings => settings with { RequestBytesMax = 1000 } });
        await using TlsTransport transport = Peers.Transport();
        Peer client = Peers.Dial(
            transport, "127.0.0.1", network.Proxy.Port, new LinkIdentity { Role = Role.Client, Scope = network.Proxy.Setup.Scope, Signer = network.Account });
        await client.Ready;
        SessionId session = SessionId.Open(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 1);
        JobHeader header = new()
        {
            Job = JobCall.NameOf(new JobId(AccountId.Of(network.Account.PublicKey), session, 1)),
            Model = JobNetwork.Model,
            Kind = JobKind.ChatCompletions,
            PromptBytesMax = 10,
            BodyBytes = 10,
        };
        uint stream = client.Link!.Open(StreamKind.Job, new JobOpen { Header = header }, end: false);
        for (int i = 0; i < 20; i++)
            client.Link.TrySend(stream, FrameKind.Part, [], new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(new string('y', 100))), end: i == 19);
        Assert.Equal($"JobError {stream}", client.Next());
        Assert.Equal(JobErrorCode.TooLarge, Assert.IsType<JobError>(client.Last).Code);
        await network.AtRestAsync();
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_cut_off_and_what_went_out_is_paid()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(new JobNetworkOptions { Jobs = settings => settings with { AnswerBytesMax = 500 } });
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say(new string('a', 100));
        await job.HasAsync(new string('a', 100));
        run.Say(new string('b', 500));
        await run.Cancelled;
        JobException failure = await job.FailureAsync();
        Assert.Equal((JobFailure.Interrupted, JobNetwork.Price(1)), (failure.Failure, failure.Cost));
        Assert.Contains("longer than the 500 bytes", failure.Message, StringComparison.Ordinal);
        Assert.Equal(JobNetwork.Funds - failure.Cost, (await network.AtRestAsync()).Available);
    }

    [Fact]
    public async Task A_job_that_names_no_time_has_the_operators()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(
            new JobNetworkOptions { Jobs = settings => settings with { DefaultTimeLeft = TimeSpan.FromMilliseconds(300) } });
        ReadJob patient = network.Submit("patient", TimeSpan.FromSeconds(30));
        (_, EngineRun run) = await network.NextRunAsync();
        ReadJob silent = network.Submit("silent");
        (_, EngineRun late) = await network.NextRunAsync();
        Assert.Equal(JobFailure.Deadline, (await silent.FailureAsync()).Failure);
        await late.Cancelled;
        run.Say("in time").Finish();
        await patient.Result;
        await network.AtRestAsync();
    }

    [Fact]
    public async Task A_model_may_have_an_output_bound_of_its_own()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(new JobNetworkOptions
        {
            Jobs = settings => settings with
            {
                DefaultOutputTokensByModel = new Dictionary<string, int>(StringComparer.Ordinal) { [JobNetwork.Model] = 33 },
            },
        });
        ReadJob job = new(network.Client, JobRequest.Chat(JobNetwork.Model, "Hello", stream: true));
        (_, EngineRun run) = await network.NextRunAsync();
        Assert.Equal(33, run.Job.MaxOutputTokens);
        run.Say("ok").Finish();
        await job.Result;
    }

    [Fact]
    public async Task An_account_has_so_many_jobs_and_no_more()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(new JobNetworkOptions { Jobs = settings => settings with { JobsPerAccountMax = 2 } });
        ReadJob[] running = [network.Submit("a"), network.Submit("b")];
        EngineRun[] runs = [(await network.NextRunAsync()).Run, (await network.NextRunAsync()).Run];
        JobException refused = await network.Submit("c").FailureAsync();
        Assert.Equal(JobFailure.RateLimit, refused.Failure);
        foreach (EngineRun run in runs)
            run.Say("ok").Finish();
        foreach (ReadJob job in running)
            await job.Result;
        await network.AtRestAsync();

        ReadJob next = network.Submit("d");
        (await network.NextRunAsync()).Run.Say("ok").Finish();
        await next.Result;
    }

    [Fact]
    public async Task A_peer_that_falls_silent_is_lost_after_the_operators_timeout()
    {
        await using JobNetwork network = await JobNetwork.StartAsync(new JobNetworkOptions { Link = ProxyCommand.LinkOf(TimeSpan.FromSeconds(3)) });
        ReadJob job = network.Submit();
        (_, EngineRun run) = await network.NextRunAsync();
        run.Say("a");
        await job.HasAsync("a");
        network.Relay.Stopped = true;
        await JobNetwork.UntilAsync(async () => (await network.Proxy.SurveyAsync()).ClientLinks == 0);
        network.Relay.Stopped = false;
        network.Relay.Kill();
        run.Say("b").Finish();
        await job.Result;
        Assert.Equal("ab", job.Text);
    }
}
