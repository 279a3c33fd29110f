using Cocoon.Protocol.Money;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Gateway;

/// <summary>What the gateway logs. Event ids 4000 to 4099. Prompts and keys are never logged.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(4000, LogLevel.Information, "The gateway listens at {Url}")]
    public static partial void Listening(ILogger logger, string url);

    [LoggerMessage(4001, LogLevel.Debug, "Job {Job} on {Model} settled: {CostNanoTon} nanoTON")]
    public static partial void Settled(ILogger logger, string job, string model, long costNanoTon);

    [LoggerMessage(4002, LogLevel.Information, "A request for {Model} failed with {Status} {Code}: {Message}")]
    public static partial void Failed(ILogger logger, string model, int status, string code, string message);

    [LoggerMessage(4003, LogLevel.Error, "A request failed in the gateway itself")]
    public static partial void Broken(ILogger logger, Exception failure);

    [LoggerMessage(4004, LogLevel.Warning,
        "Job {Job} of worker {Worker} on {Model} was billed for more than {PromptTokens} prompt and {CompletionTokens} answer tokens, which are counted here")]
    public static partial void Exceeded(ILogger logger, string job, string worker, string model, long? promptTokens, long? completionTokens);

    [LoggerMessage(4005, LogLevel.Information, "Connected: the account has {Balance} free")]
    public static partial void Connected(ILogger logger, NanoTon balance);

    [LoggerMessage(4006, LogLevel.Warning, "Connected, but the account has no money: requests are refused with 402 until it is funded")]
    public static partial void Penniless(ILogger logger);

    [LoggerMessage(4007, LogLevel.Warning, "Not connected yet, dialing again: {Reason}")]
    public static partial void Unconnected(ILogger logger, string reason);
}
