using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Client.Keys;
using Cocoon.Client.Receipts;
using Cocoon.Host.Commands.Payouts;
using Cocoon.Host.Commands.Receipts;
using Cocoon.Host.Configuration;
using Cocoon.Host.Storage;
using Cocoon.Host.Treasury;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;

namespace Cocoon.Host.Commands.Ledger;

/// <summary>
/// <c>cocoon ledger recover</c>: after an old copy of the ledger was restored, books again what peers' receipts prove, and accepts that the
/// rest is gone. Without <c>--accept-loss</c> it only says what is missing.
/// </summary>
internal static class LedgerRecover
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);
    private static readonly Option<bool> AcceptLoss = new("--accept-loss") { Description = "Do it: what no receipt proves is gone for good." };
    private static readonly Option<string> Memo = new("--memo") { Description = "Why; kept in the journal.", DefaultValueFactory = _ => "" };

    private static readonly Option<string[]> Receipts = new("--receipts")
    {
        Description = "Files or folders with receipts that clients and workers kept. May be given several times.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    public static Command Create() => TreasuryArguments.Command(
        "recover", "Rebuild what a restored ledger lost from peers' receipts. The proxy must be stopped.", RunAsync, Receipts, AcceptLoss, Memo);

    private static async Task<int> RunAsync(ParseResult parsed, ProxyOptions options, CancellationToken cancelled)
    {
        Scope scope = TreasuryDesk.ScopeOf(options);
        if (!File.Exists(options.StorageFile))
            throw new StorageException($"there is no ledger {options.StorageFile}: put the backup there (proxy.storage.file)");
        Ed25519Verifier verifier = new();
        (SortedDictionary<StreamId, (LedgerHead Shown, List<Receipt> Receipts)> byStream, int refused) = Gather(parsed.GetValue(Receipts)!, scope, verifier);
        bool accepts = parsed.GetValue(AcceptLoss);
        TextWriter output = parsed.GetValue(TreasuryArguments.Json) ? TextWriter.Null : Console.Out;
        JsonArray streams = [];
        if (refused > 0)
            output.WriteLine($"{refused} {(refused == 1 ? "receipt is" : "receipts are")} not this operator's, or not valid, and left out");
        await using LedgerProcess process = await LedgerProcess.OpenAsync(
            new SqliteOptions(options.StorageFile, options.Node.NetworkId, options.Shards), LedgerKeyFile.Read(options.LedgerKeyFile), new LedgerOptions(scope));
        foreach ((StreamId stream, (LedgerHead shown, List<Receipt> receipts)) in byStream)
        {
            AcceptLoss Ask(bool isTrial, ReplyTo<LossAnswer> reply) => new(shown, receipts, parsed.GetValue(Memo)!, reply) { IsTrial = isTrial };
            LossAnswer found = await process.AnswerAsync(process.Ledger[stream].AskAsync<LossAnswer>(reply => Ask(isTrial: true, reply), Deadline));
            bool isKnown = found.Finding.Verdict == HeadVerdict.Known
                || (found.IsAccepted && found.Settlements == 0 && found.Head.Sequence > shown.Sequence);
            if (isKnown)
                continue;
            JsonObject shownAs = ToJson(stream, found);
            streams.Add((JsonNode)shownAs);
            output.WriteLine(Describe(stream, found));
            if (!accepts)
                continue;
            LossAnswer done = await process.AnswerAsync(process.Ledger[stream].AskAsync<LossAnswer>(reply => Ask(isTrial: false, reply), Deadline));
            if (done.Refusal.Length > 0)
                throw new StorageException($"{stream}: {done.Refusal}");
            shownAs["settlementsBooked"] = done.Settlements;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stream}: {done.Settlements} settlements booked again"));
        }

        if (streams.Count == 0)
            output.WriteLine("nothing is missing that these receipts prove");
        else if (!accepts)
            output.WriteLine("nothing was changed: if the newer ledger cannot be found, run it again with --accept-loss");
        if (parsed.GetValue(TreasuryArguments.Json))
            Console.WriteLine(new JsonObject { ["streams"] = streams, ["receiptsLeftOut"] = refused, ["accepted"] = accepts }.ToJsonString());
        return streams.Count == 0 || accepts ? 0 : 1;
    }

    private static string Describe(StreamId stream, LossAnswer found)
    {
        LedgerHead shown = found.Finding.Presented;
        LedgerHead end = found.Head;
        string difference = shown.Sequence > end.Sequence
            ? $"the journal ends with event {end.Sequence}, receipts prove {shown.Sequence}: {shown.Sequence - end.Sequence} events are missing"
            : $"receipts prove another event {shown.Sequence} than the journal has, which went on to {end.Sequence}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{stream}: {difference}; they settle {found.Settlements} jobs that are not booked, {found.PassedOver} receipts add nothing, "
            + $"{found.Uncovered} is more than accounts have left");
    }

    private static JsonObject ToJson(StreamId stream, LossAnswer found) => new()
    {
        ["stream"] = stream.ToString(),
        ["journalEndsAt"] = found.Head.Sequence,
        ["receiptsProve"] = found.Finding.Presented.Sequence,
        ["settlementsMissing"] = found.Settlements,
        ["receiptsThatAddNothing"] = found.PassedOver,
        ["uncoveredNanoTon"] = found.Uncovered.Value,
    };

    private static (SortedDictionary<StreamId, (LedgerHead Shown, List<Receipt> Receipts)> ByStream, int Refused) Gather(
        IEnumerable<string> sources, Scope scope, Ed25519Verifier verifier)
    {
        SortedDictionary<StreamId, (LedgerHead Shown, List<Receipt> Receipts)> byStream = [];
        int refused = 0;
        foreach (SavedReceipt saved in sources.SelectMany(source => ReceiptSource.Read(source, Console.In)))
        {
            if (!TryParse(saved, out Receipt receipt)
                || ReceiptVerifier.Verify(receipt, scope, verifier, out _, out BatchRoot? root) != ReceiptVerdict.Valid)
            {
                refused++;
                continue;
            }

            LedgerHead head = new(root!.Stream, root.LastSequence, root.ChainHash);
            if (!byStream.TryGetValue(root.Stream, out (LedgerHead Shown, List<Receipt> Receipts) known))
                known = (head, []);
            known.Receipts.Add(receipt);
            byStream[root.Stream] = (head.Sequence > known.Shown.Sequence ? head : known.Shown, known.Receipts);
        }

        return (byStream, refused);
    }

    private static bool TryParse(SavedReceipt saved, out Receipt receipt)
    {
        try
        {
            receipt = Receipt.Parser.ParseFrom(saved.Receipt.Span);
            return true;
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            receipt = new Receipt();
            return false;
        }
    }
}
