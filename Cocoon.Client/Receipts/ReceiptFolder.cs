using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;

namespace Cocoon.Client.Receipts;

/// <summary>
/// Keeps every receipt of an account in a folder, one file of JSON lines a day, and through them the newest ledger heads over restarts of the
/// app. <c>cocoon receipt verify</c> reads the files.
/// </summary>
public sealed class ReceiptFolder : IAsyncDisposable
{
    /// <summary>Lines read at the start for heads.</summary>
    private const int LinesReadMax = 200_000;

    private readonly DailyLines lines;

    /// <summary>Opens or makes the folder. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
    /// <param name="folder">Its path.</param>
    /// <param name="keepBodies">
    /// Keep request and answer beside each receipt, so that their hashes can be checked later too. They are what was said, in the clear: default false.
    /// </param>
    public ReceiptFolder(string folder, bool keepBodies = false)
    {
        lines = new DailyLines(folder, TimeProvider.System);
        KeepsBodies = keepBodies;
    }

    /// <summary>Whether requests and answers are kept.</summary>
    public bool KeepsBodies { get; }

    /// <summary>Its path.</summary>
    public string Folder => lines.Folder;

    /// <summary>Why receipts cannot be written; null when all is well.</summary>
    public string? Problem => lines.Problem;

    /// <summary>Waits until what was kept is written.</summary>
    public ValueTask DisposeAsync() => lines.DisposeAsync();

    internal void Keep(SavedReceipt receipt) => lines.Add(receipt.ToJson());

    /// <summary>The newest head of each stream of an operator, as the last receipts show them.</summary>
    internal IReadOnlyList<Head> HeadsOf(Scope scope)
    {
        SortedDictionary<StreamId, (long Sequence, Head Head)> heads = [];
        foreach (string line in DailyLines.ReadBack(Folder).Take(LinesReadMax))
        {
            if (Parse(line) is not { Verified: true } saved || !saved.TryReadMessage(out Receipt? receipt) || receipt!.Root is null
                || !BatchRoot.TryRead(receipt.Root.Statement.Span, out BatchRoot root) || root.Scope != scope)
                continue;
            if (!heads.TryGetValue(root.Stream, out (long Sequence, Head Head) known) || known.Sequence < root.LastSequence)
                heads[root.Stream] = (root.LastSequence, new Head { Root = receipt.Root, Certificate = receipt.Certificate });
        }

        return [.. heads.Values.Select(head => head.Head)];
    }

    private static SavedReceipt? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject json ? SavedReceipt.Read(json) : null;
        }
        catch (JsonException)
        {
            // The last line of a process that was killed.
            return null;
        }
    }
}
