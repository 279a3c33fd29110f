using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Persistence;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;
using Google.Protobuf;

namespace Cocoon.Host.Commands.Ledger;

/// <summary><c>cocoon ledger export</c>: every event with its postings, checked on the way, as CSV or JSON lines.</summary>
internal static class LedgerExport
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);

    public static int Run(string path, LedgerKey key, bool jsonLines, string? only, TextWriter output)
    {
        using LedgerInspection file = LedgerInspection.Open(path);
        if (!jsonLines)
            output.WriteLine("stream,sequence,time,event,book,amount_nano_ton,account,session,number,instalment,model");
        LiveProgress progress = new("exported", quiet: false);
        LedgerAudit audit = new(file.Reader, key)
        {
            Progress = progress.Report,
            Each = (stream, sequence, ledgerEvent) => Write(output, jsonLines, stream, sequence, ledgerEvent),
        };
        foreach (StreamId stream in file.Streams.Where(stream => only is null || string.Equals(only, stream.ToString(), StringComparison.Ordinal)))
        {
            StreamAudit found = audit.Read(stream);
            progress.Finish(found.Events);
            if (found.Problem is null)
                continue;
            Console.Error.WriteLine(found.Problem);
            return 1;
        }

        return 0;
    }

    private static void Write(TextWriter output, bool jsonLines, StreamId stream, long sequence, LedgerEvent ledgerEvent)
    {
        IReadOnlyList<Posting> postings = Postings.Of(ledgerEvent);
        if (jsonLines)
            WriteJson(output, stream, sequence, ledgerEvent, postings);
        else
            WriteCsv(output, stream, sequence, ledgerEvent, postings);
    }

    private static void WriteCsv(
        TextWriter output, StreamId stream, long sequence, LedgerEvent ledgerEvent, IReadOnlyList<Posting> postings)
    {
        string head = string.Create(CultureInfo.InvariantCulture, $"{stream},{sequence},{Time(ledgerEvent)},{ledgerEvent.KindCase}");
        string job = ledgerEvent.Settlement is { } settlement
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{Convert.ToHexStringLower(settlement.Account.Span)},{settlement.Session:x16},{settlement.Number},{settlement.Instalment},{Quoted(settlement.Model)}")
            : ",,,,";
        if (postings.Count == 0)
            output.WriteLine($"{head},,,{job}");
        foreach (Posting posting in postings)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{head},{posting.Book},{posting.Amount.Value},{job}"));
    }

    private static void WriteJson(
        TextWriter output, StreamId stream, long sequence, LedgerEvent ledgerEvent, IReadOnlyList<Posting> postings)
    {
        JsonObject line = new()
        {
            ["stream"] = stream.ToString(),
            ["sequence"] = sequence,
            ["time"] = Time(ledgerEvent),
            ["event"] = JsonNode.Parse(Formatter.Format(ledgerEvent)),
            ["postings"] = new JsonArray(
                [.. postings.Select(posting => new JsonObject { ["book"] = posting.Book.ToString(), ["amountNanoTon"] = posting.Amount.Value })]),
        };
        output.WriteLine(line.ToJsonString());
    }

    private static string Time(LedgerEvent ledgerEvent) =>
        DateTimeOffset.FromUnixTimeMilliseconds(ledgerEvent.TimeUnixMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    // A leading sign would be a formula in a spreadsheet.
    private static string Quoted(string text)
    {
        string safe = text.Length > 0 && text[0] is ('=' or '+' or '-' or '@') ? "'" + text : text;
        return $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
