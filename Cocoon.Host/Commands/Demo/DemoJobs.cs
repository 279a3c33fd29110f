using System.Threading.Channels;
using Cocoon.Protocol.Money;
using Spectre.Console;

namespace Cocoon.Host.Commands.Demo;

/// <summary>The demo's jobs run at once, so that both workers have something to do, and are shown one after the other as they stream.</summary>
internal static class DemoJobs
{
    /// <summary>Runs a job for each sentence. What comes back is shown on <paramref name="console"/>, if there is one.</summary>
    public static async Task<IReadOnlyList<DemoJob>> RunAsync(
        DemoNetwork network, IReadOnlyList<string> sentences, IAnsiConsole? console, CancellationToken cancellationToken)
    {
        NanoTon left = (await network.Client.GetBalanceAsync(cancellationToken)).Available;
        List<(string Sentence, Channel<string> Pieces, Task<DemoJob> Job)> running = [];
        foreach (string sentence in sentences)
        {
            Channel<string> pieces = Channel.CreateUnbounded<string>();
            running.Add((sentence, pieces, TranslateAsync(network, sentence, pieces.Writer, cancellationToken)));
        }

        List<DemoJob> jobs = [];
        foreach ((string sentence, Channel<string> pieces, Task<DemoJob> ending) in running)
        {
            console?.MarkupInterpolated($"[grey]{sentence}[/]\n-> ");
            await foreach (string piece in pieces.Reader.ReadAllAsync(cancellationToken))
                console?.MarkupInterpolated($"[bold]{piece}[/]");
            console?.WriteLine();
            DemoJob job = await ending;
            left -= job.Result.Cost;
            jobs.Add(job with { Balance = left });
            if (console is not null)
                Show(jobs[^1], console);
        }

        return jobs;
    }

    /// <summary>Two lines: each is well under the 80 columns of a small terminal.</summary>
    private static void Show(DemoJob job, IAnsiConsole console)
    {
        string usage = string.Join(", ", job.Result.Usage.Select(used => $"{used.Amount} {used.Class.ToString().ToLowerInvariant()}"));
        console.MarkupLineInterpolated($"   worker {job.Result.Worker[..8]}: {usage} tokens cost {job.Result.Cost}");
        if (job.Result.Receipt?.Verified == true)
            console.MarkupLineInterpolated($"   receipt [green]valid[/], balance {job.Balance}\n");
        else
            console.MarkupLineInterpolated($"   receipt [red]NOT VALID[/], balance {job.Balance}\n");
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
