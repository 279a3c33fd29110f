using System.Text.Json;
using Cocoon.Client;
using Cocoon.Host.Gateway;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Gateway;

/// <summary>Every reason that a job can fail for has its own code, a status that clients act on rightly, and OpenAI's shape.</summary>
public class GatewayErrorTests
{
    public static TheoryData<JobFailure> Failures() => [.. Enum.GetValues<JobFailure>()];

    [Theory]
    [MemberData(nameof(Failures))]
    public void Every_failure_has_openais_shape(JobFailure failure)
    {
        GatewayError error = GatewayError.Of(new JobException(failure, "what and why"));
        Assert.InRange(error.Status, 400, 504);
        Assert.Equal(failure == JobFailure.Internal, error.Code == "internal_error");
        JsonElement json = JsonDocument.Parse(error.ToJson()).RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("what and why", error.Code), (json.GetProperty("message").GetString(), json.GetProperty("code").GetString()));
        // What may succeed without a change says when to come back, unless the time was the job's own or a worker broke off.
        Assert.Equal(error.Status is 429 or 503, error.RetryAfter is not null);
        string type = json.GetProperty("type").GetString()!;
        Assert.Equal(error.Status >= 500, type == "server_error");
        Assert.Equal(error.Status == 429, type == "rate_limit_error");
        Assert.Equal(error.Status is >= 400 and < 500 and not (402 or 429), type == "invalid_request_error");
    }

    [Fact]
    public void No_two_failures_share_a_code()
        => Assert.Distinct(Enum.GetValues<JobFailure>().Select(failure => GatewayError.Of(new JobException(failure, "x")).Code));

    [Fact]
    public void A_failure_says_what_was_delivered_and_what_would_have_run()
    {
        GatewayError error = GatewayError.Of(new JobException(JobFailure.PriceCap, "too dear")
        {
            JobId = "a/b/1",
            Cost = new NanoTon(7),
            Delivered = [new UsageAmount(UsageClass.Completion, 3)],
            WouldRunAt = [new Rate(UsageClass.Completion, 160_000_000)],
            RetryAfter = TimeSpan.FromMilliseconds(1500),
        });
        JsonElement json = JsonDocument.Parse(error.ToJson()).RootElement.GetProperty("error");
        Assert.Equal(TimeSpan.FromMilliseconds(1500), error.RetryAfter);
        Assert.Equal((7, "a/b/1"), (json.GetProperty("cost_nano_ton").GetInt64(), json.GetProperty("job").GetString()));
        Assert.Equal(3, json.GetProperty("delivered").GetProperty("completion").GetInt64());
        Assert.Equal(160_000_000, json.GetProperty("would_run_at").GetProperty("completion").GetInt64());
    }
}
