using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ports;
using Cocoon.Client.Receipts;
using Cocoon.Host.Configuration;
using Cocoon.Host.Nodes;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Spectre.Console;

namespace Cocoon.Host.Commands.Workers;

/// <summary><c>cocoon worker statement</c>: what a worker earned, job by job, from the receipts it holds.</summary>
internal static class StatementCommand
{
    private const int RowsShown = 50;

    public static Command Create()
    {
        Option<string?> folder = new("--folder") { Description = "The earnings folder; by default that of the configuration." };
        Option<string?> since = new("--since") { Description = "Only jobs settled on or after this day, such as 2026-11-01." };
        Option<bool> csv = new("--csv") { Description = "Print every job as comma-separated values." };
        Option<bool> json = new("--json") { Description = "Print one JSON object, receipts included." };
        Command command = new("statement", "What this worker earned: per job time, model, usage, price and receipt.") { folder, since, csv, json };
        command.Validators.Add(asked =>
        {
            if (asked.GetValue(csv) && asked.GetValue(json))
                asked.AddError("--csv or --json: a statement has one form.");
        });
        ConfigurationArguments.AddTo(command);
        command.SetAction(parsed =>
        {
            string? path = parsed.GetValue(folder);
            if (path is null)
            {
                if (ConfigurationArguments.Load(parsed, WorkerOptions.Read, Console.Error, "hocon/worker.conf") is not { } options)
                    return 2;
                path = options.EarningsFolder;
            }

            if (path is null || !Directory.Exists(path))
            {
                Console.Error.WriteLine($"cocoon worker statement: there is no folder {path ?? "(worker.earnings-folder is null)"}: a worker makes it when it starts; name another with --folder or --config");
                return 1;
            }

            DateTimeOffset first = DateTimeOffset.MinValue;
            if (parsed.GetValue(since) is { } day
                && !DateTimeOffset.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out first))
                throw new ConfigurationException([$"--since is '{day}': it must be a day such as 2026-11-01"]);

            int damaged = 0;
            EarnedJob[] jobs = [.. EarningsFolder.Read(path, () => damaged++).Where(job => job.Leaf.SettledUnixSeconds >= first.ToUnixTimeSeconds())];
            UnpaidJob[] unpaid = [.. EarningsFolder.ReadUnpaid(path).Where(job => string.CompareOrdinal(job.Noted, AnswerPrinter.Date(Math.Max(0, first.ToUnixTimeSeconds()))) >= 0)];
            if (damaged > 0)
                Console.Error.WriteLine($"{damaged} {(damaged == 1 ? "line" : "lines")} under {path} cannot be read as a receipt, and {(damaged == 1 ? "is" : "are")} left out");
            Print(jobs, UnpaidJob.Totals(unpaid), parsed.GetValue(csv), parsed.GetValue(json), Console.Out);
            return 0;
        });
        return command;
    }

    /// <summary>Prints jobs, newest first.</summary>
    internal static void Print(IReadOnlyList<EarnedJob> jobs, IReadOnlyList<UnpaidTotal> unpaid, bool csv, bool json, TextWriter output)
    {
        if (csv)
            PrintCsv(jobs, output);
        else if (json)
            output.WriteLine(ToJson(jobs, unpaid).ToJsonString());
        else
            Show(jobs, unpaid, Screen.Of(output));
    }

    private static void PrintCsv(IReadOnlyList<EarnedJob> jobs, TextWriter output)
    {
        output.WriteLine("settled,operator,job,kind,model,tier,seconds,prompt,cached,completion,reasoning,cost_nano_ton,earned_nano_ton,receipt");
        foreach (EarnedJob job in jobs)
        {
            ReceiptLeaf leaf = job.Leaf;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{AnswerPrinter.Date(leaf.SettledUnixSeconds)},{leaf.Scope.Operator},{job.Saved.JobId},{KindOf(leaf)},{Quoted(leaf.Model)},{TierOf(leaf)},{job.Time?.TotalSeconds:0.000},{job.Amount(UsageClass.Prompt)},{job.Amount(UsageClass.Cached)},{job.Amount(UsageClass.Completion)},{job.Amount(UsageClass.Reasoning)},{leaf.Cost.Value},{leaf.WorkerShare.Value},{job.Reference}"));
        }
    }

    private static JsonObject ToJson(IReadOnlyList<EarnedJob> jobs, IReadOnlyList<UnpaidTotal> unpaid) => new()
    {
        ["earnedNanoTon"] = Sum(jobs).Value,
        ["unpaid"] = UnpaidJob.ToJson(unpaid),
        ["jobs"] = new JsonArray([.. jobs.Select(job =>
        {
            JsonObject shown = new() { ["reference"] = job.Reference, ["job"] = job.Saved.JobId };
            SavedReceipt.Describe(shown, job.Leaf);
            shown["seconds"] = job.Time?.TotalSeconds;
            shown["claimed"] = job.Claimed?.DeepClone();
            shown["receipt"] = Convert.ToBase64String(job.Saved.Receipt.Span);
            return (JsonNode)shown;
        })]),
    };

    private static void Show(IReadOnlyList<EarnedJob> jobs, IReadOnlyList<UnpaidTotal> unpaid, IAnsiConsole console)
    {
        bool wide = console.Profile.Width >= Screen.WideFrom;
        Table table = wide
            ? Screen.Table("settled", "model", "usage", "seconds", "client paid TON", "earned TON", "receipt", "note")
            : Screen.Table("settled", "model", "usage", "earned TON", "receipt", "note");
        foreach (EarnedJob job in jobs.Take(RowsShown))
        {
            ReceiptLeaf leaf = job.Leaf;
            string settled = AnswerPrinter.Date(leaf.SettledUnixSeconds);
            PricedUsage[] used = [.. leaf.Usage.Where(priced => priced.Usage.Amount > 0)];
            string seconds = job.Time is { } time ? time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) : "";
            string[] cells = wide
                ? [settled, leaf.Model, string.Join(", ", used.Select(one => $"{one.Usage.Amount} {SavedReceipt.NameOf(one.Usage.Class)}")), seconds, Screen.Coins(leaf.Cost), Screen.Coins(leaf.WorkerShare), job.Reference, NoteOf(job)]
                : [settled[5..16].Replace('T', ' '), leaf.Model, string.Join("+", used.Select(one => $"{one.Usage.Amount}")), Screen.Coins(leaf.WorkerShare), job.Reference, NoteOf(job)];
            table.AddRow([.. cells.Select(cell => new Text(cell))]);
        }

        if (jobs.Count > 0)
            console.Write(table);
        else
            console.WriteLine("nothing was settled in this time");
        if (jobs.Count > RowsShown)
            console.WriteLine($"and {jobs.Count - RowsShown} older ones: --csv and --json have them all");
        foreach (IGrouping<string, EarnedJob> model in jobs.GroupBy(job => job.Leaf.Model, StringComparer.Ordinal).OrderBy(model => model.Key, StringComparer.Ordinal))
            console.WriteLine($"{model.Key}: {model.Count()} jobs, {Sum(model)}");
        console.WriteLine($"earned in all: {Sum(jobs)}");
        foreach (UnpaidTotal total in unpaid)
            console.WriteLine($"not paid: {total.Amount} of {total.Jobs} jobs, because {UnpaidJob.Explain(total.Reason)}");
    }

    private static string NoteOf(EarnedJob job) => job switch
    {
        { BilledLess: true } => "billed less than counted here",
        { Leaf.Kind: ReceiptKind.Partial } => "cancelled or cut",
        { Leaf.Kind: ReceiptKind.Instalment } => "so far",
        { Leaf.Kind: ReceiptKind.Hedge } => "lost a hedge: the prompt",
        _ => "",
    };

    private static NanoTon Sum(IEnumerable<EarnedJob> jobs)
    {
        NanoTon sum = NanoTon.Zero;
        foreach (EarnedJob job in jobs)
            sum += job.Leaf.WorkerShare;
        return sum;
    }

    private static string KindOf(ReceiptLeaf leaf) => leaf.Kind.ToString().ToLowerInvariant();

    private static string TierOf(ReceiptLeaf leaf) => leaf.Tier == Cocoon.Protocol.V1.Tier.Attested ? "attested" : "open";

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
