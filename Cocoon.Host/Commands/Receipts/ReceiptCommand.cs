using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Client.Keys;
using Cocoon.Client.Receipts;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;
using Spectre.Console;

namespace Cocoon.Host.Commands.Receipts;

/// <summary><c>cocoon receipt verify</c>: checks receipts anywhere, without the network.</summary>
internal static class ReceiptCommand
{
    private const int RowsMax = 200;

    public static Command Create() => new("receipt", "Check receipts: the operator's signed word on a job.") { CreateVerify() };

    private static Command CreateVerify()
    {
        Argument<string> source = new("receipt")
        {
            Description = "A file (an answer of the gateway, a saved stream, lines of the receipts folder), a folder of such files, JSON, a receipt in base64, or - for standard input.",
        };
        Option<string?> operatorKey = new("--operator") { Description = "The operator it must be from: 64 hexadecimal digits. Without it, it may be anybody's." };
        Option<string?> network = new("--network") { Description = "The name of the network it must be for." };
        Option<string?> request = new("--request") { Description = "A file with the request as it was sent: its hash is checked." };
        Option<string?> answer = new("--answer") { Description = "A file with the answer as it was relayed: its hash is checked." };
        Option<bool> json = new("--json") { Description = "Print one JSON object." };
        Command verify = new("verify", "Check signatures, Merkle path, price, and the hashes of request and answer where given. Exit code 1 if anything does not hold.")
        {
            source, operatorKey, network, request, answer, json,
        };
        verify.SetAction(parsed =>
        {
            try
            {
                ReceiptExpectation expected = new(ReadKey(parsed.GetValue(operatorKey)), parsed.GetValue(network) is { } name ? NetworkId.Of(name) : null);
                IReadOnlyList<SavedReceipt> receipts = ReceiptSource.Read(parsed.GetValue(source)!, Console.In);
                receipts = WithBodies(receipts, parsed.GetValue(request), parsed.GetValue(answer));
                return Run(receipts, expected, parsed.GetValue(json), Console.Out);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"cocoon receipt verify: {fault.Message}");
                return 2;
            }
        });
        return verify;
    }

    /// <summary>Checks receipts and says what it found: 0 when all hold, else 1.</summary>
    internal static int Run(IReadOnlyList<SavedReceipt> receipts, ReceiptExpectation expected, bool json, TextWriter output)
    {
        Ed25519Verifier verifier = new();
        ReceiptReport[] reports = [.. receipts.Select(receipt => ReceiptReport.Of(receipt, expected, verifier))];
        bool all = reports.All(report => report.Holds);
        if (json)
        {
            JsonObject shown = new() { ["valid"] = all, ["receipts"] = new JsonArray([.. reports.Select(report => report.ToJson())]) };
            output.WriteLine(shown.ToJsonString());
            return all ? 0 : 1;
        }

        IAnsiConsole console = Screen.Of(output);
        if (reports.Length == 1)
            Show(console, reports[0], expected);
        else
            ShowMany(console, reports);
        return all ? 0 : 1;
    }

    private static void Show(IAnsiConsole console, ReceiptReport report, ReceiptExpectation expected)
    {
        if (report.Leaf is { } leaf)
        {
            Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
            foreach ((string name, string value) in LinesOf(leaf))
                grid.AddRow(new Text(name), new Text(value));
            console.Write(grid);
            console.WriteLine();
        }

        foreach ((string name, string? fault) in report.Checks)
            console.MarkupLine(fault is null ? $"[green]holds[/]  {Markup.Escape(name)}" : $"[red]fails[/]  {Markup.Escape(name)}: {Markup.Escape(fault)}");
        if (report.Leaf is not null && expected.Operator is null)
            console.MarkupLine("[grey]not compared[/]  operator: say whom it must be from with --operator KEY");
        console.MarkupLine(report.Holds ? "\n[green]The receipt holds.[/]" : "\n[red]The receipt does not hold.[/]");
    }

    private static void ShowMany(IAnsiConsole console, ReceiptReport[] reports)
    {
        Table table = Screen.Table("settled", "job", "model", "cost TON", "verdict");
        foreach (ReceiptReport report in reports.OrderBy(report => report.Holds).Take(RowsMax))
        {
            string verdict = report.Checks.FirstOrDefault(check => check.Fault is not null) is { Fault: { } fault, Name: { } name } ? $"{name}: {fault}" : "holds";
            table.AddRow(
                new Text(report.Leaf is { } leaf ? AnswerPrinter.Date(leaf.SettledUnixSeconds)[..16] : ""),
                new Text(report.Leaf is { } named ? $"{named.Session:x16}/{named.Number}" : report.Saved.JobId),
                new Text(report.Leaf?.Model ?? ""),
                new Text(report.Leaf is { } paid ? Screen.Coins(paid.Cost) : ""),
                new Text(verdict, report.Holds ? Color.Green : Color.Red));
        }

        console.Write(table);
        if (reports.Length > RowsMax)
            console.WriteLine($"and {reports.Length - RowsMax} more; --json has them all");
        int failed = reports.Count(report => !report.Holds);
        console.MarkupLine(failed == 0 ? $"[green]All {reports.Length} receipts hold.[/]" : $"[red]{failed} of {reports.Length} receipts do not hold.[/]");
    }

    private static IEnumerable<(string Name, string Value)> LinesOf(ReceiptLeaf leaf)
    {
        yield return ("job", ReceiptReport.JobOf(leaf));
        yield return ("settled", AnswerPrinter.Date(leaf.SettledUnixSeconds));
        yield return ("kind", leaf.Kind switch
        {
            ReceiptKind.Final => "the job's end",
            ReceiptKind.Instalment => $"instalment {leaf.Instalment}: settled so far",
            ReceiptKind.Hedge => "a lost hedge: the operator pays this worker for the prompt",
            _ => "the job was cancelled or failed after its first chunk",
        });
        yield return ("model", $"{leaf.Model} ({SavedTier(leaf)})");
        foreach (PricedUsage priced in leaf.Usage)
            yield return (SavedReceipt.NameOf(priced.Usage.Class), $"{priced.Usage.Amount} at {priced.NanoTonPerMillion} nanoTON per million");
        yield return ("cost", leaf.Cost.ToString());
        yield return ("to the worker", leaf.WorkerShare.ToString());
        yield return ("worker", leaf.Worker.ToString());
        yield return ("operator", leaf.Scope.Operator.ToString());
    }

    private static string SavedTier(ReceiptLeaf leaf) => leaf.Tier == Cocoon.Protocol.V1.Tier.Attested ? "attested" : "open";

    private static IReadOnlyList<SavedReceipt> WithBodies(IReadOnlyList<SavedReceipt> receipts, string? request, string? answer)
    {
        if (request is null && answer is null)
            return receipts;
        if (receipts.Count != 1)
            throw new IOException($"--request and --answer belong to one receipt, here are {receipts.Count}");
        SavedReceipt one = receipts[0];
        return
        [
            one with
            {
                Request = request is null ? one.Request : ReadBody("--request", request),
                Answer = answer is null ? one.Answer : ReadBody("--answer", answer),
            },
        ];
    }

    private static byte[] ReadBody(string option, string path)
        => File.Exists(path) ? File.ReadAllBytes(path) : throw new IOException($"{option} is '{path}': there is no such file");

    private static PublicKey? ReadKey(string? hex)
    {
        if (hex is null)
            return null;
        return Bytes32.TryParseHex(hex, out Bytes32 key) ? new PublicKey(key) : throw new IOException($"--operator is '{hex}': it must be 64 hexadecimal digits");
    }
}
