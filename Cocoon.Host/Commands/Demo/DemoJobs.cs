using System.Threading.Channels;
using Cocoon.Protocol.Money;
using Spectre.Console;

namespace Cocoon.Host.Commands.Demo;

/// <summary>The demo's jobs run at once, so that both workers have something to do, and are shown one after the other as they stream.</summary>
internal static class DemoJobs
{
    public static async Task<IReadOnlyList<DemoJob>> RunAsync(
        DemoNetwork network, IReadOnlyList<string> sentences, bool quiet, CancellationToken cancellationToken)
    {
        List<(string Sentence, Channel<string> Pieces, Task<DemoJob> Job)> running = [];
        foreach (string sentence in sentences)
        {
            Channel<string> pieces = Channel.CreateUnbounded<string>();
            running.Add((sentence, pieces, TranslateAsync(network, sentence, pieces.Writer, cancellationToken)));
        }

        if (!quiet)
        {
            foreach ((string sentence, Channel<string> pieces, Task<DemoJob> _) in running)
            {
                AnsiConsole.MarkupInterpolated($"[grey]{sentence}[/] -> ");
                await foreach (string piece in pieces.Reader.ReadAllAsync(cancellationToken))
                    AnsiConsole.MarkupInterpolated($"[bold]{piece}[/]");
                AnsiConsole.WriteLine();
            }
        }

        DemoJob[] jobs = await Task.WhenAll(running.Select(one => one.Job));
        return WithBalances(jobs, (await network.Client.GetBalanceAsync(cancellationToken)).Available);
    }

    /// <summary>The jobs ran at once: each is shown with what was left after it in the order of the list, down to what the ledger has now.</summary>
    internal static IReadOnlyList<DemoJob> WithBalances(DemoJob[] jobs, NanoTon left)
    {
        for (int i = jobs.Length - 1; i >= 0; i--)
        {
            jobs[i] = jobs[i] with { Balance = left };
            left += jobs[i].Result.Cost;
        }

        return jobs;
    }

    private static async Task<DemoJob> TranslateAsync(
        DemoNetwork network, string sentence, ChannelWriter<string> pieces, CancellationToken cancellationToken)
    {
        try
        {
            return await DemoJob.RunAsync(network.Client, network.Model, sentence, piece => pieces.TryWrite(piece), cancellationToken);
        }
        finally
        {
            pieces.Complete();
        }
    }
}
