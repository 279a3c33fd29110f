using Cocoon.Actors.Runtime;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Nodes;

/// <summary>What nodes log, with stable ids.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(1000, LogLevel.Information, "proxy listens on {Host}:{Port} as node {Node} of operator {Operator}")]
    public static partial void ProxyListens(ILogger logger, string host, int port, string node, string @operator);

    [LoggerMessage(1001, LogLevel.Warning, "{Actor} failed and restarts in {Milliseconds} ms")]
    public static partial void ActorRestarts(ILogger logger, Exception failure, string actor, double milliseconds);

    [LoggerMessage(1002, LogLevel.Error, "{Actor} failed and stopped")]
    public static partial void ActorStopped(ILogger logger, Exception failure, string actor);

    [LoggerMessage(1003, LogLevel.Debug, "{Actor} stopped while {Count} messages waited")]
    public static partial void MessagesDropped(ILogger logger, string actor, int count);

    [LoggerMessage(1004, LogLevel.Warning, "cocoon status will not see this node: no socket at {Path}: {Reason}")]
    public static partial void NoStatus(ILogger logger, string path, string reason);

    [LoggerMessage(1005, LogLevel.Debug, "a question for the status was not answered: {Reason}")]
    public static partial void StatusFailed(ILogger logger, string reason);
}

/// <summary>An actor system's failures in the log.</summary>
internal sealed class LoggedActorEvents(ILogger logger) : IActorEvents
{
    public void Failed(ActorRef actor, Exception failure, TimeSpan? restartAfter)
    {
        if (restartAfter is { } wait)
            NodeLog.ActorRestarts(logger, failure, actor.Path, wait.TotalMilliseconds);
        else
            NodeLog.ActorStopped(logger, failure, actor.Path);
    }

    public void Dropped(ActorRef actor, int count) => NodeLog.MessagesDropped(logger, actor.Path, count);
}
