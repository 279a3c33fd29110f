using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Protocol;
using Spectre.Console;

namespace Cocoon.Host.Commands.Ledger;

/// <summary><c>cocoon ledger verify</c>: reads everything from the first event and says whether the books hold.</summary>
internal static class LedgerVerify
{
    public static int Run(string path, LedgerKey key, bool json)
    {
        using LedgerInspection file = LedgerInspection.Open(path);
        List<StreamAudit> audits = [];
        LiveProgress progress = new("verified", json);
        LedgerAudit audit = new(file.Reader, key) { Progress = progress.Report };
        foreach (StreamId stream in file.Streams)
        {
            audits.Add(audit.Read(stream));
            progress.Finish(audits[^1].Events);
        }

        List<string> problems = [.. audits.Where(found => found.Problem is not null).Select(found => found.Problem!)];
        if (problems.Count == 0)
            problems.AddRange(LedgerInvariants.CheckAll(audits.Select(found => found.State)));
        if (json)
            Console.WriteLine(ToJson(file, audits, problems).ToJsonString());
        else
            Show(audits, problems);
        return problems.Count == 0 ? 0 : 1;
    }

    private static void Show(List<StreamAudit> audits, List<string> problems)
    {
        Table table = Screen.Table("stream", "events", "accounts", "clients", "workers", "commission", "chain");
        foreach (StreamAudit audit in audits.Where(audit => audit.Events > 0))
        {
            table.AddRow(
                audit.State.Stream.ToString(),
                $"{audit.Events}",
                $"{audit.State.Accounts.Count}",
                Screen.Coins(audit.State.Total(BookKind.Client)),
                Screen.Coins(audit.State.Total(BookKind.Worker)),
                Screen.Coins(audit.State.Total(BookKind.Commission)),
                audit.Head.Chain.ToString()[..8]);
        }

        if (table.Rows.Count > 0)
            AnsiConsole.Write(table);
        foreach (string problem in problems)
            AnsiConsole.MarkupLineInterpolated($"[red]{problem}[/]");
        long events = audits.Sum(audit => audit.Events);
        if (problems.Count == 0)
            AnsiConsole.MarkupLineInterpolated($"[green]{events} events: every hash, MAC and snapshot is right, and the books balance.[/] Amounts are in TON.");
    }

    private static JsonObject ToJson(LedgerInspection file, List<StreamAudit> audits, List<string> problems)
    {
        JsonArray streams = [];
        JsonObject books = [];
        foreach (StreamAudit audit in audits.Where(audit => audit.Events > 0))
        {
            streams.Add(new JsonObject
            {
                ["stream"] = audit.State.Stream.ToString(),
                ["events"] = audit.Events,
                ["batches"] = audit.Batches,
                ["accounts"] = audit.State.Accounts.Count,
                ["sequence"] = audit.Head.Sequence,
                ["chain"] = audit.Head.Chain.ToString(),
            });
        }

        foreach (BookKind kind in Enum.GetValues<BookKind>())
            books[JsonNamingPolicy.CamelCase.ConvertName(kind.ToString())] = audits.Sum(audit => audit.State.Total(kind).Value);
        return new JsonObject
        {
            ["network"] = file.Network,
            ["shards"] = file.Shards,
            ["events"] = audits.Sum(audit => audit.Events),
            ["streams"] = streams,
            ["booksNanoTon"] = books,
            ["problems"] = new JsonArray([.. problems.Select(problem => JsonValue.Create(problem))]),
            ["balanced"] = problems.Count == 0,
        };
    }
}
