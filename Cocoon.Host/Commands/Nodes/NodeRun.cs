using System.CommandLine;
using System.Runtime.InteropServices;
using Cocoon.Host.Configuration;
using Cocoon.Host.Configuration.Hocon;
using Cocoon.Host.Keys;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Commands.Nodes;

/// <summary>What the long-running commands share: configuration, log, the signals that end them, and errors a person can act on.</summary>
internal static class NodeRun
{
    /// <summary>A command that reads its configuration and runs until it is told to stop.</summary>
    public static Command Command<TOptions>(
        string name, string description, Func<HoconObject, TOptions> read, Func<TOptions, NodeOptions> node, Func<TOptions, ILoggerFactory, CancellationToken, Task> run)
        where TOptions : class
        => Command(name, description, read, node, (options, _, loggers, stop) => run(options, loggers, stop));

    /// <summary>The same for one with options of its own.</summary>
    public static Command Command<TOptions>(
        string name,
        string description,
        Func<HoconObject, TOptions> read,
        Func<TOptions, NodeOptions> node,
        Func<TOptions, ParseResult, ILoggerFactory, CancellationToken, Task> run)
        where TOptions : class
    {
        Command command = new(name, description);
        ConfigurationArguments.AddTo(command);
        command.SetAction(async (parsed, cancelled) =>
        {
            TOptions? options = ConfigurationArguments.Load(parsed, read, Console.Error, $"hocon/{name}.conf");
            return options is null ? 2 : await GuardAsync(name, node(options), (loggers, stop) => run(options, parsed, loggers, stop), cancelled);
        });
        return command;
    }

    private static async Task<int> GuardAsync(
        string name, NodeOptions node, Func<ILoggerFactory, CancellationToken, Task> run, CancellationToken cancelled)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        // The first signal lets running jobs end; the second is left to the system, which ends the process.
        void Stop(PosixSignalContext signal)
        {
            if (stop.IsCancellationRequested)
                return;
            signal.Cancel = true;
            Console.Error.WriteLine($"cocoon {name}: stopping; once more to stop at once");
            stop.Cancel();
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        using ILoggerFactory loggers = CreateLog(node);
        try
        {
            PrivateFiles.EnsureFolder(node.DataFolder);
            await run(loggers, stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static ILoggerFactory CreateLog(NodeOptions node) => LoggerFactory.Create(log =>
    {
        log.SetMinimumLevel(node.LogLevel);
        // A start that fails is told by the command, without the web server's stack.
        log.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        // The web server would write four lines for every request.
        if (node.LogLevel >= LogLevel.Information)
            log.AddFilter("Microsoft", LogLevel.Warning);
        if (node.LogFormat == LogFormat.Json)
            log.AddJsonConsole(console => console.UseUtcTimestamp = true);
        else
            log.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "HH:mm:ss.fff ", true));
    });
}
