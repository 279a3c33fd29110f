using System.Text.Json.Nodes;
using Cocoon.Client.Receipts;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Host.Commands.Receipts;

/// <summary>What of a receipt holds, and what does not.</summary>
/// <param name="Saved">The receipt as it came.</param>
/// <param name="Leaf">What it says; null when it cannot be read.</param>
/// <param name="Checks">What was looked at, in order, each with its fault or null.</param>
internal sealed record ReceiptReport(SavedReceipt Saved, ReceiptLeaf? Leaf, IReadOnlyList<(string Name, string? Fault)> Checks)
{
    public bool Holds => Checks.All(check => check.Fault is null);

    /// <summary>Looks at everything that can be looked at without the network.</summary>
    /// <param name="saved">The receipt.</param>
    /// <param name="expected">Whom it must be from; null: whoever it says.</param>
    /// <param name="verifier">Checks signatures.</param>
    public static ReceiptReport Of(SavedReceipt saved, ReceiptExpectation expected, ISignatureVerifier verifier)
    {
        List<(string Name, string? Fault)> checks = [];
        if (!saved.TryReadMessage(out Receipt? receipt) || !saved.TryReadLeaf(out ReceiptLeaf? leaf))
            return new ReceiptReport(saved, null, [("format", "these bytes are not a receipt: they were cut, or are something else")]);
        ReceiptVerdict verdict = ReceiptVerifier.Verify(receipt!, leaf!.Scope, verifier, out _, out _);
        checks.Add(("signatures and Merkle path", FaultOf(verdict)));
        if (expected.Operator is { } known)
            checks.Add(("operator", leaf.Scope.Operator == known ? null : $"it is from operator {leaf.Scope.Operator}, expected {known}"));
        if (expected.Network is { } network)
            checks.Add(("network", leaf.Scope.Network == network ? null : "it is for another network than the one named"));
        string job = JobOf(leaf);
        if (saved.JobId.Length > 0)
            checks.Add(("job", saved.JobId == job ? null : $"it is for job {job}, and stands beside job {saved.JobId}"));
        checks.Add(("price", PriceFault(leaf)));
        AddHash(checks, "request", saved.Request, receipt!.RequestSalt, leaf.RequestHash, leaf.Kind);
        AddHash(checks, "answer", saved.Answer, receipt.AnswerSalt, leaf.AnswerHash, leaf.Kind);
        return new ReceiptReport(saved, leaf, checks);
    }

    public static string JobOf(ReceiptLeaf leaf) => new JobId(leaf.Account, new SessionId((ulong)leaf.Session), leaf.Number).ToString();

    public JsonObject ToJson()
    {
        JsonObject json = new() { ["valid"] = Holds };
        JsonObject checks = [];
        foreach ((string name, string? fault) in Checks)
            checks[name] = fault ?? "holds";
        json["checks"] = checks;
        if (Leaf is not null)
        {
            json["job"] = JobOf(Leaf);
            SavedReceipt.Describe(json, Leaf);
        }

        return json;
    }

    private static string? FaultOf(ReceiptVerdict verdict) => verdict switch
    {
        ReceiptVerdict.Valid => null,
        ReceiptVerdict.Malformed => "leaf, path, root or certificate are not in their layouts",
        ReceiptVerdict.WrongScope => "leaf, root and certificate name different networks or operators",
        ReceiptVerdict.NotInBatch => "the Merkle path does not lead from this receipt to the signed root: a figure in it was changed",
        ReceiptVerdict.WrongCertificate => "the operator did not certify the node that signed it, or the certificate had expired",
        _ => "the node's signature over the batch does not hold",
    };

    /// <summary>
    /// Whether it costs more than its own usage at its own prices. The prices in it are rounded down to whole nanoTON per million, so as many
    /// units as there are millions of usage may be missing.
    /// </summary>
    private static string? PriceFault(ReceiptLeaf leaf)
    {
        const long million = 1_000_000;
        Int128 weighted = 0;
        Int128 units = 0;
        foreach (PricedUsage priced in leaf.Usage)
        {
            weighted += (Int128)priced.Usage.Amount * priced.NanoTonPerMillion;
            units += priced.Usage.Amount;
        }

        Int128 most = ((weighted + units) / million) + 1;
        if (leaf.Cost.Value > most)
            return $"it costs {leaf.Cost}, more than usage times price";
        return leaf.WorkerShare > leaf.Cost ? "the worker's share is more than the cost" : null;
    }

    private static void AddHash(
        List<(string Name, string? Fault)> checks, string what, ReadOnlyMemory<byte>? body, ByteString salt, Bytes32 expected, ReceiptKind kind)
    {
        if (body is not { } bytes || kind is ReceiptKind.Instalment or ReceiptKind.Hedge)
            return;
        if (salt.Length != Bytes32.Length)
        {
            checks.Add((what, "the receipt came without the salt of its hash"));
            return;
        }

        using RelayedHash hash = new(Bytes32.From(salt.Span));
        hash.Append(bytes.Span);
        checks.Add((what, hash.Current() == expected ? null : $"the {what} is not the one that was relayed: its hash is another"));
    }
}

/// <summary>Whom receipts must be from.</summary>
internal readonly record struct ReceiptExpectation(PublicKey? Operator, NetworkId? Network);
